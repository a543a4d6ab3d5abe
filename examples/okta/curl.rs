//! What to type into another terminal to see the demo work.

/// Lines for the flows that exist so far.
pub(crate) fn lines(base: &str) -> String {
    format!(
        "
# A token for the demo service (client credentials):
curl --request POST \\
  --url '{base}/oauth2/default/v1/token' \\
  --header 'content-type: application/x-www-form-urlencoded' \\
  --data 'client_id=0oademoservice' \\
  --data 'client_secret=demo-service-secret' \\
  --data 'grant_type=client_credentials' \\
  --data 'scope=api.read+api.write'

# What a resource server reads to verify it:
curl '{base}/oauth2/default/.well-known/oauth-authorization-server'
curl '{base}/oauth2/default/v1/keys'
"
    )
}
