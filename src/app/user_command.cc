// SPDX-License-Identifier: Apache-2.0
// user list|create|delete: in the data folder itself while no server has it, so that the first user is there before
// anything listens; else through the server.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/password_input.h"
#include "app/server_commands.h"
#include "base/did_you_mean.h"
#include "base/files.h"
#include "control/connectors.h"
#include "control/control.h"

namespace penstock {
namespace {

constexpr TableColumn kColumns[] = {{"NAME", "user"}, {"ROLES", "roleNames"}};

std::string data_folder(const UserOptions& options) {
  if (!options.data.empty()) return options.data;
  const char* data = std::getenv("PENSTOCK_STORAGE_DATA");
  return data != nullptr && *data != 0 ? data : default_data_folder();
}

Result<std::vector<Role>> parse_roles(const std::vector<std::string>& names) {
  constexpr Role kAll[] = {Role::kAtlasAdmin, Role::kReadWriteAnyDatabase, Role::kReadAnyDatabase};
  std::vector<std::string_view> known;
  for (const Role role : kAll)
    known.push_back(name_of(role));
  std::vector<Role> roles;
  for (const std::string& name : names) {
    const auto role = role_of(name);
    if (!role) {
      return Error(ErrorCode::kUsage, "--role takes {}, not \"{}\".{}", fmt::join(known, ", "), name,
                   did_you_mean(name, known));
    }
    roles.push_back(*role);
  }
  return roles;
}

// What is done, in the two places where it can be done.
struct UserWork {
  std::function<Result<void>(Users&)> in_folder;
  std::function<Result<void>(ServerSession&)> through_server;
};

Result<void> do_in_folder(const std::string& folder, const UserWork& work) {
  const SystemClock clock;
  SystemRandom random;
  const auto log = make_stderr_logger(LogLevel::kWarning);
  ControlOptions options;
  options.data_folder = folder;
  PS_TRY(const std::unique_ptr<Control> control, Control::open(std::move(options), clock, random, *log));
  return work.in_folder(control->users());
}

// A folder that another process has is a server's: then it is asked. When it does not answer, what the folder said is
// the better explanation.
Result<void> do_it(const UserOptions& options, const UserWork& work) {
  auto done = do_in_folder(data_folder(options), work);
  if (done.ok() || done.error().code() != ErrorCode::kStateRefused) return done;
  PS_TRY(ServerSession server, ServerSession::open(options.server));
  auto asked = work.through_server(server);
  if (!asked.ok() && asked.error().code() == ErrorCode::kPeerUnreachable) {
    return Error(ErrorCode::kStateRefused, "{}; if it is a server, say where it listens with --server: {}",
                 done.error().message(), asked.error().message());
  }
  return asked;
}

int finish(const Result<void>& done) { return done.ok() ? static_cast<int>(kExitOk) : report_error(done.error()); }

Result<void> create(const UserOptions& options) {
  PS_TRY(const std::vector<Role> roles, parse_roles(options.roles));
  const std::string prompt = fmt::format("Password of the new user {}: ", options.name);
  PS_TRY(const std::string password, password_from(options.new_password_file, prompt, true));
  UserWork work;
  work.in_folder = [&](Users& users) { return users.create(options.name, password, roles); };
  work.through_server = [&](ServerSession& server) -> Result<void> {
    DocumentBuilder command;
    command.append("createUser", Value::string(options.name));
    command.append("pwd", Value::string(password));
    const size_t list = command.begin_array("roles");
    char scratch[12];
    for (uint32_t i = 0; i < roles.size(); ++i) {
      const size_t role = command.begin_object(index_name(i, scratch));
      command.append("role", Value::string(name_of(roles[i])));
      command.append("db", Value::string("admin"));
      command.end(role);
    }
    command.end(list);
    PS_TRY(server.run(command.finish()));
    return {};
  };
  PS_TRY(do_it(options, work));
  fmt::print(stderr,
             "created {}\nnext: penstock serve, then mongosh \"mongodb://127.0.0.1:27027/\" --authenticationDatabase "
             "admin --username {}\n",
             options.name, shell_word(options.name));
  return {};
}

Result<void> remove(const UserOptions& options) {
  UserWork work;
  work.in_folder = [&](Users& users) { return users.remove(options.name); };
  work.through_server = [&](ServerSession& server) -> Result<void> {
    PS_TRY(server.run("dropUser", Value::string(options.name)));
    return {};
  };
  PS_TRY(do_it(options, work));
  fmt::print(stderr, "deleted {}\n", options.name);
  return {};
}

// {user, roleNames: "a, b"}, from either side.
class UserRows {
 public:
  void add(std::string_view user, const std::vector<std::string>& roles) {
    const std::string joined = fmt::format("{}", fmt::join(roles, ", "));
    char scratch[12];
    const size_t row = rows_.begin_object(index_name(count_++, scratch));
    rows_.append("user", Value::string(user));
    rows_.append("roleNames", Value::string(joined));
    rows_.end(row);
  }
  std::string text(OutputFormat format) {
    const Document rows = rows_.finish();
    return format == OutputFormat::kJson ? json_rows(rows) : table_text(rows, kColumns);
  }

 private:
  DocumentBuilder rows_;
  uint32_t count_ = 0;
};

void add_reply(UserRows& rows, Document reply) {
  const Value users = reply.get("users");
  if (!users.is_array()) return;
  for (const Element& element : users.as_array()) {
    if (!element.value.is_object()) continue;
    const Document user = element.value.as_object();
    std::vector<std::string> roles;
    const Value given = user.get("roles");
    for (const Element& role : given.is_array() ? given.as_array() : Document()) {
      if (role.value.is_object()) roles.push_back(cell_text(role.value.as_object().get("role")));
    }
    rows.add(cell_text(user.get("user")), roles);
  }
}

Result<void> list(const UserOptions& options) {
  PS_TRY(const OutputFormat format, parse_output_format(options.server.output));
  UserRows rows;
  UserWork work;
  work.in_folder = [&](Users& users) -> Result<void> {
    PS_TRY(const std::vector<UserRecord> all, users.list());
    for (const UserRecord& user : all) {
      std::vector<std::string> roles;
      for (const Role role : user.roles)
        roles.emplace_back(name_of(role));
      rows.add(user.name, roles);
    }
    return {};
  };
  work.through_server = [&](ServerSession& server) -> Result<void> {
    PS_TRY(const OwnedDocument reply, server.run("usersInfo", Value::int32(1)));
    add_reply(rows, reply);
    return {};
  };
  PS_TRY(do_it(options, work));
  fmt::print("{}", rows.text(format));
  return {};
}

}  // namespace

int user_list_command(const UserOptions& options) { return finish(list(options)); }
int user_create_command(const UserOptions& options) { return finish(create(options)); }
int user_delete_command(const UserOptions& options) { return finish(remove(options)); }

}  // namespace penstock
