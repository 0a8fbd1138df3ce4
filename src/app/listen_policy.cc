// SPDX-License-Identifier: Apache-2.0
#include "app/listen_policy.h"

#include <fmt/format.h>

namespace penstock {
namespace {

struct Listener {
  std::string_view flag;
  const ListenAddress& address;
};

std::string text_of(const Listener& listener) {
  return fmt::format("{} {}", listener.flag, address_text(listener.address));
}

std::string missing_text(const Settings& settings, bool lacks_users, bool lacks_tls) {
  std::string text;
  if (lacks_users) {
    text +=
        fmt::format("\n  it has no users: penstock user create NAME --role atlasAdmin --data {}", settings.data_folder);
  }
  if (lacks_tls) {
    text +=
        "\n  it has no TLS: penstock cert create --host NAME, then --tls-cert FILE --tls-ca FILE"
        " (--allow-plaintext if something else encrypts, such as a proxy or a mesh)";
  }
  return text;
}

}  // namespace

Result<std::string> check_listeners(const Settings& settings, bool has_users) {
  const bool has_tls = !settings.tls_cert_file.empty();
  for (const Listener& listener : {Listener{"--wire", settings.wire}, Listener{"--http", settings.http}}) {
    if (is_loopback(listener.address.host)) continue;
    const bool lacks_tls = !has_tls && !settings.allow_plaintext;
    if (!has_users || lacks_tls) {
      const ListenAddress here{"127.0.0.1", listener.address.port};
      return Error(ErrorCode::kBadValue,
                   "{} would let other machines reach this server; mend what is missing, or listen on this machine "
                   "only: {}{}",
                   text_of(listener), text_of({listener.flag, here}), missing_text(settings, !has_users, lacks_tls));
    }
    if (!has_tls) {
      return fmt::format(
          "{} is open to other machines without TLS (--allow-plaintext): a login does not show its password, but "
          "documents, new users' passwords and connections can be read on the way",
          text_of(listener));
    }
  }
  return std::string();
}

}  // namespace penstock
