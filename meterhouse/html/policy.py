"""Headers of every page: it loads and runs what is ours alone, and nobody keeps it on the way."""

# The style that Plot puts into each chart, as a digest: nothing else that is inline counts.
PLOT_STYLE = "sha256-+TfQir1nvDucAdvE6XUQBt4ayUjpAWkbw2kCdSfekHM="


def page_headers(
    ancestors: str, forms: str = "'none'", referrer: str = "no-referrer"
) -> dict[str, str]:
    """`ancestors`: which sites may show it in a frame; `forms`: where its forms may be sent."""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' '{PLOT_STYLE}'; img-src data:; "
        f"base-uri 'none'; form-action {forms}; frame-ancestors {ancestors}"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": referrer,
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cache-Control": "no-store",
    }
