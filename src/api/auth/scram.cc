// SPDX-License-Identifier: Apache-2.0
#include "api/auth/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "bson/base64.h"
#include "bson/utf8.h"
#include "control/hmac.h"

namespace penstock {
namespace {

constexpr size_t kMessageBytesMax = 4096;
constexpr size_t kDigestBytes = SHA256_DIGEST_LENGTH;

Error wrong(std::string_view what) { return Error(ErrorCode::kAuthenticationFailed, "SCRAM: {}", what); }

// Takes "x=value" off the front, up to a comma or the end; empty when something else stands there.
std::optional<std::string_view> take_attribute(std::string_view& text, char name) {
  if (text.size() < 2 || text[0] != name || text[1] != '=') return std::nullopt;
  size_t comma = std::min(text.find(','), text.size());
  std::string_view value = text.substr(2, comma - 2);
  text.remove_prefix(std::min(comma + 1, text.size()));
  return value;
}

// "=2C" is a comma and "=3D" an equals sign; no other "=" may stand in a name.
std::optional<std::string> sasl_name(std::string_view text) {
  std::string name;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] != '=') {
      name += text[i];
      continue;
    }
    std::string_view code = text.substr(i, 3);
    if (code != "=2C" && code != "=3D") return std::nullopt;
    name += code == "=2C" ? ',' : '=';
    i += 2;
  }
  bool good = !name.empty() && name.find('\0') == std::string::npos && valid_utf8_size(name) == name.size();
  return good ? std::optional(std::move(name)) : std::nullopt;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  return text;
}

}  // namespace

Result<ClientFirst> read_client_first(std::string_view message) {
  if (message.size() > kMessageBytesMax) return wrong("the first message is too long");
  ClientFirst first;
  std::string_view rest = message;
  if (rest.starts_with("p=")) return wrong("the client asks for channel binding, which is not offered");
  if (!rest.starts_with("n,") && !rest.starts_with("y,")) return wrong("the first message has no channel binding flag");
  rest.remove_prefix(2);
  std::optional<std::string> acts_as;
  if (rest.starts_with("a=")) {
    acts_as = sasl_name(*take_attribute(rest, 'a'));
    if (!acts_as) return wrong("the authorization identity is not a name");
  } else if (rest.starts_with(",")) {
    rest.remove_prefix(1);
  } else {
    return wrong("the first message does not begin as RFC 5802 says");
  }
  first.channel_binding = message.substr(0, message.size() - rest.size());
  first.bare = rest;
  if (rest.starts_with("m=")) return wrong("the client needs an extension");
  std::optional<std::string_view> user = take_attribute(rest, 'n');
  std::optional<std::string> name = user ? sasl_name(*user) : std::nullopt;
  if (!name) return wrong("the first message names no user");
  if (acts_as && *acts_as != *name) return wrong("one user asks to act as another");
  std::optional<std::string_view> nonce = take_attribute(rest, 'r');
  if (!nonce || nonce->empty() || !is_printable(*nonce)) return wrong("the first message has no nonce");
  first.user = std::move(*name);
  first.nonce = *nonce;
  return first;
}

std::string random_nonce(Random& random) {
  char bytes[24];
  for (size_t i = 0; i < sizeof bytes; i += 8) {
    uint64_t word = random.next();
    std::memcpy(bytes + i, &word, sizeof word);
  }
  return base64({bytes, sizeof bytes});
}

ScramConversation::ScramConversation(ClientFirst first, ScramCredential credential, bool known,
                                     std::string_view server_nonce)
    : first_(std::move(first)), credential_(std::move(credential)), known_(known) {
  PS_CHECK(credential_.stored_key.size() == kDigestBytes && credential_.server_key.size() == kDigestBytes);
  nonce_ = std::string(first_.nonce).append(server_nonce);
  server_first_ = fmt::format("r={},s={},i={}", nonce_, base64(credential_.salt), credential_.iterations);
}

Result<std::string> ScramConversation::finish(std::string_view client_final) {
  if (std::exchange(finished_, true)) return wrong("the conversation is over");
  if (client_final.size() > kMessageBytesMax) return wrong("the last message is too long");
  std::string_view rest = client_final;
  std::optional<std::string_view> binding = take_attribute(rest, 'c');
  if (!binding || *binding != base64(first_.channel_binding)) return wrong("the channel binding has changed");
  std::optional<std::string_view> nonce = take_attribute(rest, 'r');
  if (!nonce || *nonce != nonce_) return wrong("the nonce is not the one of this conversation");
  size_t proof_at = client_final.rfind(",p=");  // Extensions, which nobody has defined, may stand before it.
  if (proof_at == std::string_view::npos) return wrong("the last message has no proof");
  std::optional<std::string> proof = bytes_from_base64(client_final.substr(proof_at + 3));
  if (!proof || proof->size() != kDigestBytes) return wrong("the proof is not 32 bytes");

  std::string said = first_.bare + "," + server_first_ + ",";
  said.append(client_final.substr(0, proof_at));
  std::string client_key = hmac_sha_256(credential_.stored_key, said);
  for (size_t i = 0; i < kDigestBytes; i++)
    client_key[i] = static_cast<char>(client_key[i] ^ (*proof)[i]);
  unsigned char stored_key[kDigestBytes];
  SHA256(reinterpret_cast<const unsigned char*>(client_key.data()), kDigestBytes, stored_key);
  bool same = CRYPTO_memcmp(stored_key, credential_.stored_key.data(), kDigestBytes) == 0;
  std::string signature = hmac_sha_256(credential_.server_key, said);
  OPENSSL_cleanse(client_key.data(), client_key.size());
  if (!(same & known_)) return wrong("wrong password, or there is no such user");
  return "v=" + base64(signature);
}

}  // namespace penstock
