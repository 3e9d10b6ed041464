"""transferperf: performance models of configurable systems that carry over from where measuring is cheap."""
