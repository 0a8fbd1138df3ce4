// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/command_client.h"

#include "connectors/mongodb/mongodb_client.h"

namespace penstock {
namespace {

constexpr int32_t kConnectMs = 5'000;
constexpr uint32_t kAuthenticate = MONGOC_ERROR_CLIENT_AUTHENTICATE;

class MongocCommandClient final : public CommandClient {
 public:
  MongocCommandClient(Logger& log, mongo::ClientHandle client, mongo::Peer peer, bool tls)
      : log_(log), client_(std::move(client)), peer_(std::move(peer)), tls_(tls) {}

  ~MongocCommandClient() override {
    const mongo::LibraryScope scope(log_);
    client_.reset();
  }

  Result<OwnedDocument> run(Document command) override {
    const mongo::LibraryScope scope(log_);
    const bson_t view = mongo::view_of(command);
    mongo::Bson reply;
    bson_error_t error{};
    if (mongoc_client_command_simple(client_.get(), "admin", &view, nullptr, reply.out(), &error)) {
      return OwnedDocument(reply.view());
    }
    return to_error(error);
  }

  std::string hosts() const override { return peer_.hosts; }
  std::string username() const override { return peer_.user; }
  bool has_tls() const override { return tls_; }

 private:
  Error to_error(const bson_error_t& error) const {
    const bool login = error.domain == MONGOC_ERROR_CLIENT && error.code == kAuthenticate;
    if (login) {
      return Error(ErrorCode::kCredentialsRefused, "the server at {} refuses user \"{}\": {}", peer_.hosts, peer_.user,
                   error.message);
    }
    if (error.domain == MONGOC_ERROR_SERVER)
      return Error::of(ErrorCode{static_cast<int32_t>(error.code)}, error.message);
    return Error(ErrorCode::kPeerUnreachable, "no server answers at {}: {}", peer_.hosts,
                 mongo::reason_in(error.message));
  }

  Logger& log_;
  mongo::ClientHandle client_;
  mongo::Peer peer_;
  bool tls_;
};

bool set_options(mongoc_uri_t& uri, const CommandClientOptions& options) {
  bool set =
      mongoc_uri_set_option_as_int32(&uri, MONGOC_URI_CONNECTTIMEOUTMS, kConnectMs) &&
      mongoc_uri_set_option_as_int32(&uri, MONGOC_URI_SOCKETTIMEOUTMS, static_cast<int32_t>(options.reply_time.ms)) &&
      mongoc_uri_set_option_as_bool(&uri, MONGOC_URI_SERVERSELECTIONTRYONCE, true) &&
      mongoc_uri_set_appname(&uri, "penstock");
  if (!options.username.empty()) {
    set = set && mongoc_uri_set_username(&uri, options.username.c_str()) &&
          mongoc_uri_set_password(&uri, options.password.c_str()) && mongoc_uri_set_auth_source(&uri, "admin");
  }
  if (!options.tls_ca_file.empty()) {
    set = set && mongoc_uri_set_option_as_bool(&uri, MONGOC_URI_TLS, true) &&
          mongoc_uri_set_option_as_utf8(&uri, MONGOC_URI_TLSCAFILE, options.tls_ca_file.c_str());
  }
  return set;
}

}  // namespace

Result<std::unique_ptr<CommandClient>> CommandClient::make(const CommandClientOptions& options, Logger& log) {
  const mongo::LibraryScope scope(log);
  auto parsed = mongo::parse_uri(Secret(options.uri), "--server");
  if (!parsed.ok()) {
    return Error(ErrorCode::kUsage, "--server takes a uri such as mongodb://127.0.0.1:27027/: {}",
                 parsed.error().message());
  }
  if (!set_options(**parsed, options)) {
    return Error(ErrorCode::kUsage, "--username, --password-file and --tls-ca must be UTF-8 without NUL");
  }
  bson_error_t error{};
  mongo::ClientHandle client(mongoc_client_new_from_uri_with_error(parsed->get(), &error));
  mongo::Peer peer = mongo::peer_of(**parsed, "");
  if (client == nullptr) {
    return Error(ErrorCode::kPeerUnreachable, "no server answers at {}: {}", peer.hosts, error.message);
  }
  mongoc_client_set_error_api(client.get(), MONGOC_ERROR_API_VERSION_2);
  const bool tls = mongoc_uri_get_tls(parsed->get());
  return std::unique_ptr<CommandClient>(
      std::make_unique<MongocCommandClient>(log, std::move(client), std::move(peer), tls));
}

}  // namespace penstock
