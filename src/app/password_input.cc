// SPDX-License-Identifier: Apache-2.0
#include "app/password_input.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace penstock {
namespace {

constexpr size_t kPasswordBytesMax = 4096;
constexpr char kInterrupt = 3;  // What Ctrl-C types while it makes no signal.

Error no_terminal() {
  return Error(ErrorCode::kUsage,
               "there is no terminal to ask for the password: give --password-file FILE, or - for "
               "stdin");
}

// The terminal with echo off. Ctrl-C makes no signal meanwhile: it would end us with the echo still off.
class QuietTerminal {
 public:
  QuietTerminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || ::tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    usable_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (usable_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    if (fd_ >= 0) ::close(fd_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  bool usable() const { return usable_; }

  Result<std::string> ask(std::string_view prompt) {
    write(prompt);
    std::string line;
    char c = 0;
    while (::read(fd_, &c, 1) == 1 && c != '\n') {
      if (c == kInterrupt) return finish(Error(ErrorCode::kUsage, "no password was given"));
      if (line.size() < kPasswordBytesMax) line += c;
    }
    if (line.empty()) return finish(Error(ErrorCode::kUsage, "no password was given"));
    return finish(std::move(line));
  }

 private:
  void write(std::string_view text) { static_cast<void>(!::write(fd_, text.data(), text.size())); }
  Result<std::string> finish(Result<std::string> result) {
    write("\n");
    return result;
  }

  int fd_;
  termios before_{};
  bool usable_ = false;
};

}  // namespace

Result<std::string> read_password(const Files& files, const std::string& path) {
  const bool stdin_file = path == "-";
  PS_TRY(std::string text, files.read(stdin_file ? "/dev/stdin" : path, kPasswordBytesMax));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  const std::string called = stdin_file ? "stdin" : path;
  if (text.empty()) return Error(ErrorCode::kUsage, "there is no password in {}", called);
  if (text.find('\n') != std::string::npos) {
    return Error(ErrorCode::kUsage, "{} has more than one line: a password is one", called);
  }
  return text;
}

Result<std::string> ask_password(std::string_view prompt, bool twice) {
  QuietTerminal terminal;
  if (!terminal.usable()) return no_terminal();
  PS_TRY(std::string password, terminal.ask(prompt));
  if (!twice) return password;
  PS_TRY(const std::string again, terminal.ask("The same again: "));
  if (again != password) return Error(ErrorCode::kUsage, "the two passwords differ");
  return password;
}

Result<std::string> password_from(const std::string& file, std::string_view prompt, bool twice) {
  if (file.empty()) return ask_password(prompt, twice);
  return read_password(SystemFiles(), file);
}

}  // namespace penstock
