"""cosaudit: audits direct uploads from WeChat Mini Programs and web pages to Tencent Cloud COS."""

__version__ = "0.1.0"
