// SPDX-License-Identifier: Apache-2.0
#include "control/record_codec.h"

#include <fmt/format.h>

#include <utility>

#include "bson/number.h"

namespace penstock {
namespace {

constexpr std::pair<ProcessorState, std::string_view> kStates[] = {
    {ProcessorState::kCreated, "CREATED"}, {ProcessorState::kProvisioning, "PROVISIONING"},
    {ProcessorState::kStarted, "STARTED"}, {ProcessorState::kStopping, "STOPPING"},
    {ProcessorState::kStopped, "STOPPED"}, {ProcessorState::kFailed, "FAILED"}};
constexpr std::pair<StateUse, std::string_view> kStateUses[] = {
    {StateUse::kResume, "resume"}, {StateUse::kAdopt, "adopt"}, {StateUse::kForget, "forget"}};
constexpr std::pair<Role, std::string_view> kRoles[] = {{Role::kAtlasAdmin, "atlasAdmin"},
                                                        {Role::kReadWriteAnyDatabase, "readWriteAnyDatabase"},
                                                        {Role::kReadAnyDatabase, "readAnyDatabase"}};

template <typename T, size_t kCount>
std::string_view name_in(const std::pair<T, std::string_view> (&rows)[kCount], T wanted) {
  for (const auto& [value, name] : rows) {
    if (value == wanted) return name;
  }
  PS_CHECK(false, "every value has a row");
  return {};
}

template <typename T, size_t kCount>
std::optional<T> value_in(const std::pair<T, std::string_view> (&rows)[kCount], std::string_view wanted) {
  for (const auto& [value, name] : rows) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

// Fields of a record; what has another type than it should is noted, and the record refused.
class Fields {
 public:
  Fields(Document document, std::string_view what) : document_(document), what_(what) {}
  std::string text(std::string_view name, bool required = false) {
    const Value value = document_.get(name);
    if (value.is_string()) return std::string(value.as_string());
    if (required || !value.is_missing()) wrong(name);
    return {};
  }
  std::string bytes(std::string_view name) {
    const Value value = document_.get(name);
    if (value.type() == Type::kBinData) return std::string(value.bytes());
    wrong(name);
    return {};
  }
  int32_t integer(std::string_view name, int32_t otherwise) {
    const Value value = document_.get(name);
    if (value.is_missing()) return otherwise;
    if (value.type() == Type::kInt) return value.as_int();
    wrong(name);
    return otherwise;
  }
  bool boolean(std::string_view name) {
    const Value value = document_.get(name);
    return value.type() == Type::kBool && value.as_bool();
  }
  EventTime date(std::string_view name) {
    const Value value = document_.get(name);
    return value.type() == Type::kDate ? value.as_date() : EventTime{};
  }
  std::optional<OwnedDocument> object(std::string_view name) {
    const Value value = document_.get(name);
    if (value.is_missing()) return std::nullopt;
    if (value.is_object() || value.is_array()) return OwnedDocument(value.as_container());
    wrong(name);
    return std::nullopt;
  }
  template <typename T, size_t kCount>
  T word(const std::pair<T, std::string_view> (&rows)[kCount], std::string_view name, T otherwise) {
    const Value value = document_.get(name);
    if (value.is_missing()) return otherwise;
    const auto known = value.is_string() ? value_in(rows, value.as_string()) : std::nullopt;
    if (!known) wrong(name);
    return known.value_or(otherwise);
  }
  void wrong(std::string_view name) {
    if (wrong_.empty()) wrong_ = name;
  }
  Result<void> check() const {
    if (wrong_.empty()) return {};
    return Error(ErrorCode::kStateRefused,
                 "the catalog holds a {} whose field \"{}\" this version cannot read: restore it from a backup, or use "
                 "the version that wrote it",
                 what_, wrong_);
  }

 private:
  Document document_;
  std::string_view what_;
  std::string wrong_;
};

}  // namespace

std::string_view name_of(ProcessorState state) { return name_in(kStates, state); }
std::string_view name_of(Role role) { return name_in(kRoles, role); }
std::optional<Role> role_of(std::string_view name) { return value_in(kRoles, name); }

OwnedDocument encode(const WorkspaceRecord& record) {
  DocumentBuilder to;
  to.append("id", Value::string(record.id));
  to.append("name", Value::string(record.name));
  to.append("defaultTier", Value::string(record.default_tier));
  to.append("maxTier", Value::string(record.max_tier));
  to.append("created", Value::date(record.created));
  return OwnedDocument(to.take());
}

Result<WorkspaceRecord> decode_workspace(Document document) {
  Fields from(document, "workspace");
  WorkspaceRecord record;
  record.id = from.text("id", true);
  record.name = from.text("name", true);
  record.default_tier = from.text("defaultTier", true);
  record.max_tier = from.text("maxTier", true);
  record.created = from.date("created");
  PS_TRY(from.check());
  return record;
}

OwnedDocument encode(const ProcessorRecord& record) {
  DocumentBuilder to;
  to.append("id", Value::string(record.id));
  to.append("name", Value::string(record.name));
  to.append("pipeline", Value::array(record.pipeline));
  to.append("options", Value::object(record.options));
  if (!record.tier.empty()) to.append("tier", Value::string(record.tier));
  if (record.autoscaling) to.append("autoscaling", Value::object(*record.autoscaling));
  to.append("state", Value::string(name_of(record.state)));
  if (!record.trouble.message.empty()) {
    to.append("errorMsg", Value::string(record.trouble.message));
    to.append("errorCode", Value::int32(record.trouble.code));
    to.append("errorRetryable", Value::boolean(record.trouble.retryable));
  }
  to.append("pipelineVersion", Value::int32(record.pipeline_version));
  to.append("hasStarted", Value::boolean(record.has_started));
  to.append("modifiedBy", Value::string(record.modified_by));
  to.append("lastModified", Value::date(record.last_modified));
  to.append("lastStateChange", Value::date(record.last_state_change));
  to.append("stateUse", Value::string(name_in(kStateUses, record.state_use)));
  to.append("sinkChanged", Value::boolean(record.sink_changed));
  to.append("dropping", Value::boolean(record.dropping));
  return OwnedDocument(to.take());
}

Result<ProcessorRecord> decode_processor(Document document) {
  Fields from(document, "processor");
  ProcessorRecord record;
  record.id = from.text("id", true);
  record.name = from.text("name", true);
  record.pipeline = from.object("pipeline").value_or(OwnedDocument());
  record.options = from.object("options").value_or(OwnedDocument());
  record.tier = from.text("tier");
  record.autoscaling = from.object("autoscaling");
  record.state = from.word(kStates, "state", ProcessorState::kCreated);
  record.trouble.message = from.text("errorMsg");
  record.trouble.code = from.integer("errorCode", 0);
  record.trouble.retryable = from.boolean("errorRetryable");
  record.pipeline_version = from.integer("pipelineVersion", 1);
  record.has_started = from.boolean("hasStarted");
  record.modified_by = from.text("modifiedBy");
  record.last_modified = from.date("lastModified");
  record.last_state_change = from.date("lastStateChange");
  record.state_use = from.word(kStateUses, "stateUse", StateUse::kResume);
  record.sink_changed = from.boolean("sinkChanged");
  record.dropping = from.boolean("dropping");
  PS_TRY(from.check());
  return record;
}

OwnedDocument encode(const UserRecord& record) {
  DocumentBuilder to;
  to.append("name", Value::string(record.name));
  const size_t roles = to.begin_array("roles");
  char scratch[12];
  for (uint32_t i = 0; i < record.roles.size(); ++i)
    to.append(index_name(i, scratch), Value::string(name_of(record.roles[i])));
  to.end(roles);
  const size_t scram = to.begin_object("scramSha256");
  to.append("iterations", Value::int32(record.scram_sha_256.iterations));
  to.append("salt", Value::bin_data(0, record.scram_sha_256.salt));
  to.append("storedKey", Value::bin_data(0, record.scram_sha_256.stored_key));
  to.append("serverKey", Value::bin_data(0, record.scram_sha_256.server_key));
  to.end(scram);
  to.append("created", Value::date(record.created));
  return OwnedDocument(to.take());
}

Result<UserRecord> decode_user(Document document) {
  Fields from(document, "user");
  UserRecord record;
  record.name = from.text("name", true);
  const auto roles = from.object("roles").value_or(OwnedDocument());
  for (const Element& element : roles.view()) {
    const auto role = element.value.is_string() ? role_of(element.value.as_string()) : std::nullopt;
    if (!role) {
      from.wrong("roles");
    } else {
      record.roles.push_back(*role);
    }
  }
  const auto scram = from.object("scramSha256").value_or(OwnedDocument());
  Fields credential(scram, "user");
  record.scram_sha_256.iterations = credential.integer("iterations", 0);
  record.scram_sha_256.salt = credential.bytes("salt");
  record.scram_sha_256.stored_key = credential.bytes("storedKey");
  record.scram_sha_256.server_key = credential.bytes("serverKey");
  record.created = from.date("created");
  PS_TRY(from.check());
  PS_TRY(credential.check());
  return record;
}

OwnedDocument encode(const Connection& connection) {
  // `object` "": those at the top.
  const auto append_secrets = [&](DocumentBuilder& to, std::string_view object) {
    for (const ConnectionSecret& secret : connection.secrets) {
      const size_t dot = secret.path.find('.');
      const bool inside = dot != std::string::npos;
      if ((inside ? std::string_view(secret.path).substr(0, dot) : std::string_view()) != object) continue;
      to.append(std::string_view(secret.path).substr(inside ? dot + 1 : 0), Value::string(secret.value.reveal()));
    }
  };
  DocumentBuilder to;
  for (const Element& element : connection.spec.view()) {
    if (!element.value.is_object()) {
      to.append(element.name, element.value);
      continue;
    }
    const size_t inner = to.begin_object(element.name);
    to.append_all(element.value.as_object());
    append_secrets(to, element.name);
    to.end(inner);
  }
  append_secrets(to, "");
  return OwnedDocument(to.take());
}

Result<Connection> decode_connection(Document document) {
  Fields from(document, "connection");
  from.text("name", true);
  from.text("type", true);
  PS_TRY(from.check());
  return make_connection(Value::object(document));
}

}  // namespace penstock
