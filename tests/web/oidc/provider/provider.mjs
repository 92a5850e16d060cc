// A certified OpenID provider (panva/oidc-provider) with its own pages for signing in, for tests: any name and any password is good.
// Its configuration comes as JSON in the only argument; it says "ready" when it listens.
import Provider from 'oidc-provider'

const { port, client, secret, back, logout, keys, shift } = JSON.parse(process.argv[2])
const issuer = `http://127.0.0.1:${port}`
if (shift) {
  // A clock that is wrong.
  const real = Date.now
  Date.now = () => real() + shift * 1000
}
const provider = new Provider(issuer, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [back], backchannel_logout_uri: logout, backchannel_logout_session_required: true, id_token_signed_response_alg: keys[0].alg }],
  jwks: { keys },
  claims: { openid: ['sub', 'amr'], profile: ['preferred_username'] },
  conformIdTokenClaims: false,
  cookies: { keys: [secret] },
  // Its own fetch reaches no loopback.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
  pkce: { required: () => true },
})
// Whose name ends so has signed in by more than a password.
const finished = provider.interactionFinished.bind(provider)
provider.interactionFinished = (request, response, result, options) => {
  const login = result.login && { ...result.login, amr: result.login.accountId.endsWith('.mfa') ? ['pwd', 'mfa'] : ['pwd'] }
  return finished(request, response, { ...result, ...(login && { login }) }, options)
}
provider.listen(port, '127.0.0.1', () => console.log('ready'))
