"""Staff sign in by the county's identity provider (统一身份认证): OpenID Connect Core 1.0, authorization code flow with PKCE."""
