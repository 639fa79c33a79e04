"""Tencent Cloud COS: names of buckets, regions, hosts."""
