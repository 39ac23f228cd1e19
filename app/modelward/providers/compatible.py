"""Clouds that speak OpenAI's wire and have nothing of their own that we use: addresses and variables.

Addresses and variables are those of the models.dev catalogue; where it has none, those of the provider's documentation.
"""

from __future__ import annotations

from modelward.providers.model import KnownProvider, Listing


def _cloud(provider: str, title: str, base_url: str, env: str, key_page: str) -> KnownProvider:
    return KnownProvider(
        id=provider,
        title=title,
        dialect="openai",
        base_url=base_url,
        listing=Listing("/models"),
        env=tuple(env.split()),
        key_page=key_page,
    )


COMPATIBLE_CLOUDS = (
    _cloud(
        "alibaba",
        "Alibaba Model Studio",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "DASHSCOPE_API_KEY",
        "https://www.alibabacloud.com/help/en/model-studio/get-api-key",
    ),
    _cloud(
        "baseten",
        "Baseten",
        "https://inference.baseten.co/v1",
        "BASETEN_API_KEY",
        "https://docs.baseten.co/development/model-apis/overview",
    ),
    _cloud("chutes", "Chutes", "https://llm.chutes.ai/v1", "CHUTES_API_KEY", "https://chutes.ai/app/api"),
    _cloud(
        "deepinfra",
        "DeepInfra",
        "https://api.deepinfra.com/v1/openai",
        "DEEPINFRA_API_KEY DEEPINFRA_TOKEN",
        "https://deepinfra.com/dash/api_keys",
    ),
    _cloud(
        "digitalocean",
        "DigitalOcean",
        "https://inference.do-ai.run/v1",
        "DIGITALOCEAN_ACCESS_TOKEN",
        "https://docs.digitalocean.com/products/gradient-ai-platform/",
    ),
    _cloud(
        "friendli",
        "Friendli",
        "https://api.friendli.ai/serverless/v1",
        "FRIENDLI_TOKEN",
        "https://friendli.ai/docs/guides/serverless_endpoints/introduction",
    ),
    _cloud(
        "helicone",
        "Helicone",
        "https://ai-gateway.helicone.ai/v1",
        "HELICONE_API_KEY",
        "https://helicone.ai/models",
    ),
    _cloud(
        "hyperbolic",
        "Hyperbolic",
        "https://api.hyperbolic.xyz/v1",
        "HYPERBOLIC_API_KEY",
        "https://app.hyperbolic.xyz/settings",
    ),
    _cloud(
        "inception",
        "Inception",
        "https://api.inceptionlabs.ai/v1",
        "INCEPTION_API_KEY",
        "https://platform.inceptionlabs.ai/docs",
    ),
    _cloud(
        "llama", "Llama API", "https://api.llama.com/compat/v1", "LLAMA_API_KEY", "https://llama.developer.meta.com"
    ),
    _cloud(
        "minimax",
        "MiniMax",
        "https://api.minimax.io/v1",
        "MINIMAX_API_KEY",
        "https://platform.minimax.io/docs/guides/quickstart",
    ),
    _cloud(
        "modelscope",
        "ModelScope",
        "https://api-inference.modelscope.cn/v1",
        "MODELSCOPE_API_KEY",
        "https://modelscope.cn/docs/model-service/API-Inference/intro",
    ),
    _cloud(
        "moonshotai",
        "Moonshot AI",
        "https://api.moonshot.ai/v1",
        "MOONSHOT_API_KEY",
        "https://platform.moonshot.ai/console/api-keys",
    ),
    _cloud(
        "nebius",
        "Nebius Token Factory",
        "https://api.tokenfactory.nebius.com/v1",
        "NEBIUS_API_KEY",
        "https://docs.tokenfactory.nebius.com/",
    ),
    _cloud(
        "novita-ai",
        "Novita AI",
        "https://api.novita.ai/openai",
        "NOVITA_API_KEY",
        "https://novita.ai/settings/key-management",
    ),
    _cloud(
        "ovhcloud",
        "OVHcloud AI Endpoints",
        "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
        "OVHCLOUD_API_KEY",
        "https://www.ovhcloud.com/en/public-cloud/ai-endpoints/",
    ),
    _cloud("poe", "Poe", "https://api.poe.com/v1", "POE_API_KEY", "https://poe.com/api_key"),
    _cloud(
        "requesty",
        "Requesty",
        "https://router.requesty.ai/v1",
        "REQUESTY_API_KEY",
        "https://requesty.ai/solution/llm-routing/models",
    ),
    _cloud(
        "sambanova",
        "SambaNova",
        "https://api.sambanova.ai/v1",
        "SAMBANOVA_API_KEY",
        "https://cloud.sambanova.ai/apis",
    ),
    _cloud(
        "scaleway",
        "Scaleway",
        "https://api.scaleway.ai/v1",
        "SCALEWAY_API_KEY",
        "https://www.scaleway.com/en/docs/generative-apis/",
    ),
    _cloud(
        "siliconflow",
        "SiliconFlow",
        "https://api.siliconflow.com/v1",
        "SILICONFLOW_API_KEY",
        "https://cloud.siliconflow.com/account/ak",
    ),
    _cloud(
        "upstage",
        "Upstage",
        "https://api.upstage.ai/v1/solar",
        "UPSTAGE_API_KEY",
        "https://console.upstage.ai/api-keys",
    ),
    _cloud("venice", "Venice", "https://api.venice.ai/api/v1", "VENICE_API_KEY", "https://venice.ai/settings/api"),
    _cloud(
        "vultr",
        "Vultr",
        "https://api.vultrinference.com/v1",
        "VULTR_API_KEY",
        "https://api.vultrinference.com/",
    ),
    _cloud(
        "wandb",
        "Weights & Biases",
        "https://api.inference.wandb.ai/v1",
        "WANDB_API_KEY",
        "https://wandb.ai/authorize",
    ),
    _cloud(
        "zai",
        "Z.AI",
        "https://api.z.ai/api/paas/v4",
        "ZAI_API_KEY ZHIPU_API_KEY",
        "https://z.ai/manage-apikey/apikey-list",
    ),
    _cloud(
        "zhipuai",
        "Zhipu AI",
        "https://open.bigmodel.cn/api/paas/v4",
        "ZHIPUAI_API_KEY ZHIPU_API_KEY",
        "https://open.bigmodel.cn/usercenter/apikeys",
    ),
)
