"""Tests in a real browser. A package, because what its tests share (servers, Chromium) ends with its last test."""
