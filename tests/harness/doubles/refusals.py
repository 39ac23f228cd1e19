"""How each provider refuses a wrong key: its own status and its own words."""

from __future__ import annotations

from harness.wire import Reply

_OPENAI = Reply(
    401,
    body={
        "error": {
            "message": "Incorrect API key provided: sk-wrong******7f3a. You can find your API key in the panel.",
            "type": "invalid_request_error",
            "param": None,
            "code": "invalid_api_key",
        }
    },
)

_OWN = {
    "anthropic": Reply(
        401,
        body={
            "type": "error",
            "error": {"type": "authentication_error", "message": "invalid x-api-key"},
            "request_id": "req_planted",
        },
    ),
    "google": Reply(
        400,
        body={
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "API_KEY_INVALID",
                        "domain": "googleapis.com",
                    }
                ],
            }
        },
    ),
    "mistral": Reply(401, body={"detail": "Unauthorized"}),
    "xai": Reply(
        400,
        body={
            "code": "Client specified an invalid argument",
            "error": "Incorrect API key provided: wr***ng. You can obtain an API key from the console.",
        },
    ),
    "cohere": Reply(401, body={"id": "planted", "message": "invalid api token"}),
    "fireworks-ai": Reply(401, body={"code": 16, "message": "The API key you provided is invalid.", "details": []}),
    "cerebras": Reply(
        401,
        body={
            "message": "Wrong API Key",
            "type": "invalid_request_error",
            "param": "api_key",
            "code": "wrong_api_key",
        },
    ),
    "perplexity": Reply(
        401,
        headers={"content-type": "text/html"},
        body=b"<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body></body></html>",
    ),
    "openrouter": Reply(401, body={"error": {"message": "User not found.", "code": 401}}),
    "huggingface": Reply(401, body={"error": "Invalid username or password."}),
    "github-models": Reply(401, body={"message": "Bad credentials", "status": "401"}),
    "ollama-cloud": Reply(401, body={"error": "unauthorized"}),
    "vllm": Reply(401, body={"error": "Unauthorized"}),
    "llamacpp": Reply(401, body={"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}}),
}


def refusal(provider_id: str) -> Reply:
    """What a provider answers to a key that is none of its own."""
    return _OWN.get(provider_id, _OPENAI)
