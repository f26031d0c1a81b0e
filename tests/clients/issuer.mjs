// An OpenID provider, certified as such: node issuer.mjs PORT AUDIENCE REDIRECT ORIGIN
//
// Its sign-in page takes any name and password. Its access tokens are JSON Web Tokens for the
// audience, whose roles claim says admin.

import { once } from "node:events";
import Provider from "oidc-provider";

const [port, audience, redirect, origin] = process.argv.slice(2);
const url = `http://127.0.0.1:${port}`;

const provider = new Provider(url, {
  clients: [
    {
      client_id: "docs",
      application_type: "web",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code"],
      response_types: ["code"],
      redirect_uris: [redirect],
    },
  ],
  clientBasedCORS: (_context, from) => from === origin,
  cookies: { keys: ["of this test alone"] },
  extraTokenClaims: (_context, token) => ({
    roles: ["admin"],
    preferred_username: token.accountId,
    email: `${token.accountId}@example.com`,
    email_verified: true,
  }),
  features: {
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: "", audience, accessTokenFormat: "jwt" }),
    },
  },
});

await once(provider.listen(port, "127.0.0.1"), "listening");
console.log(`issuer at ${url}`);
