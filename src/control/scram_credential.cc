// SPDX-License-Identifier: Apache-2.0
// A password becomes what the server keeps of it: SASLprep by ICU's profile of RFC 4013, PBKDF2 and HMAC by OpenSSL.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include <string>
#include <string_view>

#include "control/hmac.h"
#include "control/users.h"

namespace penstock {
namespace {

constexpr size_t kPasswordBytesMax = 255;
constexpr int32_t kIterationsMin = 4096;  // RFC 7677, 4: clients refuse fewer.

Error refused(std::string_view why) { return Error(ErrorCode::kBadValue, "the password cannot be used: {}", why); }

// Never shown and never left behind in memory.
struct Wiped {
  std::u16string text;
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size() * sizeof(char16_t)); }
};

std::string_view reason_of(UErrorCode code) {
  switch (code) {
    case U_STRINGPREP_PROHIBITED_ERROR: return "it has a character that RFC 4013 prohibits (control characters, ...)";
    case U_STRINGPREP_CHECK_BIDI_ERROR: return "it mixes writing from left and from right (RFC 4013)";
    case U_STRINGPREP_UNASSIGNED_ERROR: return "it has a character that Unicode 3.2 does not know (RFC 4013)";
    case U_INVALID_CHAR_FOUND: return "it is not UTF-8";
    default: return "RFC 4013 cannot be applied to it";
  }
}

// As a stored string: what Unicode 3.2 leaves unassigned is refused.
Result<std::string> sasl_prepared(std::string_view password) {
  UErrorCode code = U_ZERO_ERROR;
  Wiped wide{std::u16string(password.size(), u'\0')};  // UTF-16 never has more units than UTF-8 has bytes.
  int32_t units = 0;
  u_strFromUTF8(wide.text.data(), static_cast<int32_t>(wide.text.size()), &units, password.data(),
                static_cast<int32_t>(password.size()), &code);
  if (U_FAILURE(code)) return refused(reason_of(code));
  UStringPrepProfile* profile = usprep_openByType(USPREP_RFC4013_SASLPREP, &code);
  if (U_FAILURE(code)) return Error(ErrorCode::kInternalError, "ICU has no SASLprep data: {}", u_errorName(code));
  Wiped prepared{std::u16string(wide.text.size() * 18 + 16, u'\0')};  // The longest NFKC has 18 units for one.
  int32_t size = usprep_prepare(profile, wide.text.data(), units, prepared.text.data(),
                                static_cast<int32_t>(prepared.text.size()), USPREP_DEFAULT, nullptr, &code);
  usprep_close(profile);
  if (U_FAILURE(code)) return refused(reason_of(code));
  if (size == 0) return refused("nothing is left of it after RFC 4013");
  std::string narrow(static_cast<size_t>(size) * 3, '\0');
  int32_t bytes = 0;
  code = U_ZERO_ERROR;
  u_strToUTF8(narrow.data(), static_cast<int32_t>(narrow.size()), &bytes, prepared.text.data(), size, &code);
  PS_CHECK(U_SUCCESS(code));
  narrow.resize(static_cast<size_t>(bytes));
  return narrow;
}

}  // namespace

Result<ScramCredential> make_scram_credential(std::string_view password, std::string salt, int32_t iterations) {
  if (password.empty()) return refused("it is empty");
  if (password.size() > kPasswordBytesMax) {
    return refused(fmt::format("it has {} bytes, {} is the limit", password.size(), kPasswordBytesMax));
  }
  if (iterations < kIterationsMin) {
    return Error(ErrorCode::kBadValue, "SCRAM-SHA-256 with {} iterations, {} is the least", iterations, kIterationsMin);
  }
  PS_TRY(std::string prepared, sasl_prepared(password));
  std::string salted(SHA256_DIGEST_LENGTH, '\0');
  int done =
      PKCS5_PBKDF2_HMAC(prepared.data(), static_cast<int>(prepared.size()),
                        reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()), iterations,
                        EVP_sha256(), SHA256_DIGEST_LENGTH, reinterpret_cast<unsigned char*>(salted.data()));
  OPENSSL_cleanse(prepared.data(), prepared.size());
  PS_CHECK(done == 1);
  std::string client_key = hmac_sha_256(salted, "Client Key");
  ScramCredential credential{iterations, std::move(salt), std::string(SHA256_DIGEST_LENGTH, '\0'),
                             hmac_sha_256(salted, "Server Key")};
  SHA256(reinterpret_cast<const unsigned char*>(client_key.data()), client_key.size(),
         reinterpret_cast<unsigned char*>(credential.stored_key.data()));
  OPENSSL_cleanse(salted.data(), salted.size());
  OPENSSL_cleanse(client_key.data(), client_key.size());
  return credential;
}

}  // namespace penstock
