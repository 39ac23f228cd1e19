"""What the tests share: guards, loops and servers, loaded as pytest plugins by conftest.py."""
