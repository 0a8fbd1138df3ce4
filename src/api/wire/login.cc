// SPDX-License-Identifier: Apache-2.0
#include "api/wire/login.h"

#include <utility>

#include "bson/number.h"

namespace penstock {
namespace {

constexpr int32_t kConversationId = 1;  // One at a time on a connection.
constexpr std::string_view kScram = "SCRAM-SHA-256";
constexpr std::string_view kX509 = "MONGODB-X509";

Error failed() { return Error(ErrorCode::kAuthenticationFailed, "Authentication failed."); }

Error unavailable(std::string_view mechanism) {
  return Error(ErrorCode::kMechanismUnavailable,
               "authentication mechanism {} is not available: this server offers {}, and {} with client certificates",
               mechanism.substr(0, 64), kScram, kX509);
}

Error refuse(std::string_view user, std::string_view db, std::string_view why, Session& session,
             CommandContext& context) {
  session.conversation.reset();
  context.server.logins.failed(user, session.peer.address);
  context.log.warning("login refused: user {}@{} from {}: {}", user.substr(0, 256), db.substr(0, 64),
                      session.peer.address, why);
  return failed();
}

// True: it guesses. Attempts that are not looked at do not make the wait longer.
bool must_wait(std::string_view user, Session& session, CommandContext& context) {
  if (context.server.logins.allows(user, session.peer.address)) return false;
  session.conversation.reset();
  context.log.debug("login not looked at: user {} from {} has to wait", user.substr(0, 256), session.peer.address);
  return true;
}

void log_in(Principal who, uint64_t users_version, Session& session, CommandContext& context) {
  context.server.logins.succeeded(who.user, session.peer.address);
  context.log.debug("login: user {}@{} from {}", who.user, who.db, session.peer.address);
  session.principal = std::move(who);
  session.users_version = users_version;
  session.open = false;
  session.may_create_user = false;
}

Result<std::string_view> payload_of(Document command) {
  Value payload = command.get("payload");
  if (payload.type() == Type::kBinData) return payload.bytes();
  return Error(ErrorCode::kTypeMismatch, "payload must be binary data, found {}", type_name(payload.type()));
}

OwnedDocument sasl_reply(bool done, std::string_view payload) {
  DocumentBuilder reply;
  reply.append("conversationId", Value::int32(kConversationId));
  reply.append("done", Value::boolean(done));
  reply.append("payload", Value::bin_data(0, payload));
  return OwnedDocument(reply.take());
}

}  // namespace

Result<OwnedDocument> start_login(Document command, std::string_view db, Session& session, CommandContext& context) {
  session.conversation.reset();
  Value mechanism = command.get("mechanism");
  if (!mechanism.is_string()) {
    return Error(ErrorCode::kMissingField, "BSON field 'saslStart.mechanism' is missing but a required field");
  }
  if (mechanism.as_string() != kScram) return unavailable(mechanism.as_string());
  PS_TRY(std::string_view payload, payload_of(command));
  Result<ClientFirst> first = read_client_first(payload);
  if (!first.ok()) return refuse("", db, first.error().message(), session, context);
  if (must_wait(first->user, session, context)) return failed();
  // Found or not, the same work is done.
  uint64_t users_version = context.server.users_version.load();
  PS_TRY(std::optional<Account> account, context.accounts.find(db, first->user));
  ScramCredential decoy = context.accounts.decoy(first->user);
  bool known = account && account->db == kAdminDb;
  std::optional<Principal> who;
  if (known) who = Principal{account->user, account->db, account->roles};
  ScramConversation scram(std::move(*first), known ? std::move(account->scram_sha_256) : std::move(decoy), known,
                          random_nonce(context.random));
  OwnedDocument reply = sasl_reply(false, scram.server_first());
  Value options = command.get("options");
  bool skip = options.is_object() && is_true(options.as_object().get("skipEmptyExchange"));
  session.conversation = std::make_unique<LoginConversation>(
      LoginConversation{std::move(scram), std::string(db), skip, std::move(who), users_version});
  return reply;
}

Result<OwnedDocument> continue_login(Document command, Session& session, CommandContext& context) {
  if (!session.conversation) return Error(ErrorCode::kProtocolError, "No SASL session state found");
  std::unique_ptr<LoginConversation> conversation = std::move(session.conversation);
  Value id = command.get("conversationId");
  if (!id.is_number() || to_integral(id) != kConversationId) {
    return Error(ErrorCode::kProtocolError, "sasl: Mismatched conversation id");
  }
  PS_TRY(std::string_view payload, payload_of(command));
  const std::string& user = conversation->scram.user();
  if (conversation->is_proven) {
    if (!payload.empty()) return refuse(user, conversation->db, "the last message is not empty", session, context);
    log_in(std::move(*conversation->who), conversation->users_version, session, context);
    return sasl_reply(true, "");
  }
  if (must_wait(user, session, context)) return failed();
  Result<std::string> last = conversation->scram.finish(payload);
  if (!last.ok()) return refuse(user, conversation->db, last.error().message(), session, context);
  bool done = conversation->skip_empty_exchange;
  if (done) {
    log_in(std::move(*conversation->who), conversation->users_version, session, context);
  } else {
    conversation->is_proven = true;
    session.conversation = std::move(conversation);
  }
  return sasl_reply(done, *last);
}

Result<OwnedDocument> login_by_certificate(Document command, std::string_view db, Session& session,
                                           CommandContext& context) {
  Value mechanism = command.get("mechanism");
  std::string_view name = mechanism.is_string() ? mechanism.as_string() : std::string_view("(none)");
  if (name != kX509) return unavailable(name);
  const std::string& subject = session.peer.client_subject;
  if (subject.empty()) {
    return refuse("", db, "MONGODB-X509 without a client certificate that the server's authority has signed", session,
                  context);
  }
  Value user = command.get("user");
  bool same = user.is_nullish() || (user.is_string() && user.as_string() == subject);
  if (db != kExternalDb || !same) return refuse(subject, db, "not the name of the certificate", session, context);
  uint64_t users_version = context.server.users_version.load();
  PS_TRY(std::optional<Account> account, context.accounts.find(kExternalDb, subject));
  if (!account) return refuse(subject, db, "there is no such user", session, context);
  log_in({account->user, account->db, account->roles}, users_version, session, context);
  DocumentBuilder reply;
  reply.append("dbname", Value::string(kExternalDb));
  reply.append("user", Value::string(subject));
  return OwnedDocument(reply.take());
}

std::optional<OwnedDocument> speculative_login(Document request, Session& session, CommandContext& context) {
  Value db = request.get("db");
  std::string_view name = request.empty() ? std::string_view() : (*request.begin()).name;
  if (!db.is_string()) return std::nullopt;
  Result<OwnedDocument> reply = name == "saslStart" ? start_login(request, db.as_string(), session, context)
                                : name == "authenticate"
                                    ? login_by_certificate(request, db.as_string(), session, context)
                                    : Result<OwnedDocument>(failed());
  if (!reply.ok()) return std::nullopt;
  return std::move(*reply);
}

Result<void> refresh(Session& session, CommandContext& context) {
  uint64_t version = context.server.users_version.load();
  if (session.principal && session.users_version != version) {
    PS_TRY(std::optional<Account> account, context.accounts.find(session.principal->db, session.principal->user));
    if (account) {
      session.principal->roles = std::move(account->roles);
    } else {
      session.principal.reset();
    }
    session.users_version = version;
  }
  session.open = false;
  session.may_create_user = false;
  if (session.principal || !session.peer.loopback) return {};
  PS_TRY(bool any, context.accounts.any());
  session.open = !any && context.server.open_without_users;
  session.may_create_user = !any;
  return {};
}

}  // namespace penstock
