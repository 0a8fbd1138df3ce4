// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_session.h"

namespace penstock::mongo {
namespace {

using TransactionOptions = std::unique_ptr<mongoc_transaction_opt_t, Destroyer<mongoc_transaction_opts_destroy>>;
using ReadConcernHandle = std::unique_ptr<mongoc_read_concern_t, Destroyer<mongoc_read_concern_destroy>>;

constexpr int kCommitAttempts = 3;

TransactionOptions make_options(Duration write_time) {
  TransactionOptions options(mongoc_transaction_opts_new());
  const ReadConcernHandle snapshot(mongoc_read_concern_new());
  mongoc_read_concern_set_level(snapshot.get(), MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
  mongoc_transaction_opts_set_read_concern(options.get(), snapshot.get());
  const WriteConcernHandle majority(mongoc_write_concern_new());
  mongoc_write_concern_set_wmajority(majority.get(), static_cast<int32_t>(write_time.ms));
  mongoc_transaction_opts_set_write_concern(options.get(), majority.get());
  return options;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::start(Client& client) {
  bson_error_t error{};
  SessionHandle handle(mongoc_client_start_session(client.handle(), nullptr, &error));
  if (handle == nullptr) return mongo::to_error(client.peer(), error, Document());
  std::unique_ptr<Session> session(new Session(client, std::move(handle)));
  if (!mongoc_client_session_append(session->session_.get(), session->options_.get(), &error)) {
    return mongo::to_error(client.peer(), error, Document());
  }
  return session;
}

Document Session::id() const {
  return Document(reinterpret_cast<const char*>(bson_get_data(mongoc_client_session_get_lsid(session_.get()))));
}

Error Session::to_error(const bson_error_t& error, Document reply) const {
  const bool conflict =
      error.domain == MONGOC_ERROR_SERVER && error.code == static_cast<uint32_t>(ErrorCode::kWriteConflict);
  if (conflict) {
    return Error(ErrorCode::kWriteConflict, "MongoDB at {} cannot write {} now: {}", client_.peer().hosts,
                 client_.peer().target, error.message);
  }
  return mongo::to_error(client_.peer(), error, reply);
}

Result<void> Session::begin() {
  bson_error_t error{};
  const TransactionOptions options = make_options(client_.write_time());
  if (mongoc_client_session_start_transaction(session_.get(), options.get(), &error)) return {};
  return to_error(error, Document());
}

Result<OwnedDocument> Session::write(const std::string& db, Document command) {
  const bson_t view = view_of(command);
  Bson reply;
  bson_error_t error{};
  if (!mongoc_client_write_command_with_opts(client_.handle(), db.c_str(), &view, options_.get(), reply.out(),
                                             &error)) {
    return to_error(error, reply.view());
  }
  return OwnedDocument(reply.view());
}

Result<Commit> Session::commit() {
  for (int attempt = 1;; ++attempt) {
    Bson reply;
    bson_error_t error{};
    if (mongoc_client_session_commit_transaction(session_.get(), reply.out(), &error)) return Commit::kDone;
    // Once a commit is unclear, only the marker says whether it counts: a later answer may speak of the repeated
    // command alone.
    const bool unclear = attempt > 1 || mongoc_error_has_label(reply.get(), "UnknownTransactionCommitResult");
    if (!unclear) return to_error(error, reply.view());
    if (attempt == kCommitAttempts) return Commit::kUnknown;
  }
}

void Session::abort() {
  if (!mongoc_client_session_in_transaction(session_.get())) return;
  // What cannot be aborted is ended by the next transaction of the session, or by the server in time.
  mongoc_client_session_abort_transaction(session_.get(), nullptr);
}

}  // namespace penstock::mongo
