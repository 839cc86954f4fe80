//! Fuzz targets that run as ordinary tests.
