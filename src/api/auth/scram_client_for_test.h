// SPDX-License-Identifier: Apache-2.0
// For tests: the client's side of SCRAM-SHA-256, for plain ASCII passwords.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <string>
#include <string_view>

#include "bson/base64.h"

namespace penstock {

class ScramClient {
 public:
  ScramClient(std::string_view user, std::string_view password, std::string_view nonce, std::string_view header = "n,,")
      : password_(password), header_(header), bare_("n=" + std::string(user) + ",r=" + std::string(nonce)) {}

  std::string first() const { return header_ + bare_; }

  std::string last(std::string_view server_first) {
    auto value = [&](char name) {
      size_t at = server_first.find(std::string(1, name) + "=") + 2;
      return std::string(server_first.substr(at, server_first.find(',', at) - at));
    };
    std::string salt = *bytes_from_base64(value('s'));
    std::string salted(32, '\0');
    PKCS5_PBKDF2_HMAC(password_.data(), static_cast<int>(password_.size()), bytes_of(salt),
                      static_cast<int>(salt.size()), std::stoi(value('i')), EVP_sha256(), 32, bytes_of(salted));
    std::string client_key = hmac(salted, "Client Key");
    std::string stored_key(32, '\0');
    SHA256(bytes_of(client_key), 32, bytes_of(stored_key));
    std::string without_proof = "c=" + base64(header_) + ",r=" + value('r');
    std::string said = bare_ + "," + std::string(server_first) + "," + without_proof;
    std::string proof = hmac(stored_key, said);
    for (size_t i = 0; i < proof.size(); i++)
      proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    signature_ = "v=" + base64(hmac(hmac(salted, "Server Key"), said));
    return without_proof + ",p=" + base64(proof);
  }

  // What the server must say at the end.
  const std::string& signature() const { return signature_; }

 private:
  static unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
  static std::string base64(std::string_view bytes) {
    std::string text;
    append_base64(bytes, text);
    return text;
  }
  static std::string hmac(std::string key, std::string text) {
    std::string mac(32, '\0');
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), bytes_of(mac), &size);
    return mac;
  }

  std::string password_, header_, bare_, signature_;
};

}  // namespace penstock
