// Gets an access token with google-auth-library and sends the messages described on standard input with it.
// Input, JSON: {"endpoint", "serviceAccount" (key file), "messages": [request bodies]}; NODE_EXTRA_CA_CERTS names the authority.
// Output, JSON: {"results": [{"status", "body"}]}, or {"error"} with Google's words for a refused grant.
const { JWT } = require('google-auth-library');
const fs = require('fs');

async function main() {
  const order = JSON.parse(fs.readFileSync(0, 'utf8'));
  const account = order.serviceAccount;
  const client = new JWT({
    email: account.client_email,
    key: account.private_key,
    scopes: ['https://www.googleapis.com/auth/firebase.messaging'],
    // The library knows one token endpoint only, Google's: name ours as the audience, and send the grant there.
    additionalClaims: { aud: account.token_uri },
  });
  client.transporter.interceptors.request.add({
    resolved: async request => {
      if (String(request.url) === 'https://oauth2.googleapis.com/token') {
        request.url = new URL(account.token_uri);
      }
      return request;
    },
  });
  const results = [];
  for (const message of order.messages) {
    const answer = await client.request({
      url: `${order.endpoint}v1/projects/${account.project_id}/messages:send`,
      method: 'POST',
      data: message,
      validateStatus: () => true,
      retry: false,
    });
    results.push({ status: answer.status, body: answer.data });
  }
  console.log(JSON.stringify({ results }));
}

main().catch(error => {
  console.log(JSON.stringify({ error: error.response ? error.response.data : String(error) }));
});
