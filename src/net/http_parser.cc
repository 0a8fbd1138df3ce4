// SPDX-License-Identifier: Apache-2.0
#include "net/http_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

namespace penstock {
namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

// A second one would let two readers choose differently.
constexpr std::string_view kOnlyOnce[] = {"authorization", "content-length", "content-type", "host",
                                          "transfer-encoding"};

std::string lower_case(string_view text) {
  std::string out(text.data(), text.size());
  for (char& c : out)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  return out;
}

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// What is wrong with the bytes of a head as far as they have come; "" nothing.
std::string_view problem_of_lines(std::string_view head) {
  if (!head.empty() && !is_token_char(head.front())) return "a request begins with its method";
  for (size_t lf = head.find('\n'); lf != std::string_view::npos; lf = head.find('\n', lf + 1)) {
    if (lf == 0 || head[lf - 1] != '\r') return "a line ends with CR LF, not with LF alone";
    if (lf + 1 < head.size() && (head[lf + 1] == ' ' || head[lf + 1] == '\t')) {
      return "a header line must not be continued on the next line";
    }
  }
  return "";
}

}  // namespace

class HttpParser::Reader final : public http::basic_parser<true> {
 public:
  explicit Reader(const HttpLimits& limits) {
    header_limit(static_cast<uint32_t>(limits.header_bytes_max));
    body_limit(limits.body_bytes_max);
  }

  HttpRequest request;
  Refusal refusal;
  std::string authority;
  bool waits_to_continue = false;
  bool head_told = false;

 private:
  void refuse(error_code& error, int status, std::string why) {
    refusal = {status, std::move(why)};
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& error) override {
    old_version_ = version < 11;
    request.method.assign(method.data(), method.size());
    request.target.assign(target.data(), target.size());
    std::string_view rest = request.target;
    for (const char c : rest) {
      if (c <= 0x20 || c >= 0x7f || c == '#')
        return refuse(error, 400, "the target holds a character that must be encoded");
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (!rest.starts_with(scheme)) continue;
      rest.remove_prefix(scheme.size());
      const size_t end = std::min(rest.find_first_of("/?"), rest.size());
      authority = lower_case({rest.data(), end});
      if (authority.empty()) return refuse(error, 400, "the target names no host");
      rest.remove_prefix(end);
    }
    const size_t question = std::min(rest.find('?'), rest.size());
    request.path = rest.substr(0, question);
    request.query = rest.substr(std::min(question + 1, rest.size()));
    if (!authority.empty() && request.path.empty()) request.path = "/";
    const bool whole_server = request.target == "*" && request.method == "OPTIONS";
    if (!request.path.starts_with('/') && !whole_server) {
      return refuse(error, 400, "the target must begin with '/' or 'http://'");
    }
  }

  void on_field_impl(http::field, string_view name, string_view value, error_code& error) override {
    if (is_header_done()) return;  // After a chunked body: no one must take such a field for one of the head.
    HttpHeader header{lower_case(name), std::string(value.data(), value.size())};
    const bool once = std::find(std::begin(kOnlyOnce), std::end(kOnlyOnce), header.name) != std::end(kOnlyOnce);
    if (once && request.header(header.name) != nullptr)
      return refuse(error, 400, "more than one header " + header.name);
    if (header.name == "transfer-encoding") {
      if (old_version_) return refuse(error, 400, "Transfer-Encoding needs HTTP/1.1");
      if (lower_case(value) != "chunked") return refuse(error, 501, "the only transfer coding supported is 'chunked'");
    }
    if (header.name == "content-length" && header.value.find_first_not_of("0123456789") != std::string::npos) {
      return refuse(error, 400, "Content-Length must be one decimal number");
    }
    if (header.name == "expect") {
      if (lower_case(value) != "100-continue")
        return refuse(error, 417, "the only expectation supported is '100-continue'");
      waits_to_continue = !old_version_;
    }
    request.headers.push_back(std::move(header));
  }

  void on_header_impl(error_code& error) override {
    if (request.header("host") == nullptr) return refuse(error, 400, "no Host header");
  }
  size_t on_body_impl(string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  bool old_version_ = false;
};

HttpParser::HttpParser(const HttpLimits& limits) : limits_(limits), reader_(std::make_unique<Reader>(limits)) {}
HttpParser::~HttpParser() = default;

HttpRequest& HttpParser::request() { return reader_->request; }
const HttpParser::Refusal& HttpParser::refusal() const { return refusal_; }
bool HttpParser::has_body() const { return !reader_->is_done(); }
bool HttpParser::keeps_alive() const { return reader_->keep_alive(); }
bool HttpParser::waits_to_continue() const { return reader_->waits_to_continue; }
std::string_view HttpParser::authority() const { return reader_->authority; }

HttpParser::Step HttpParser::refuse(int status, std::string_view why) {
  refusal_ = {status, std::string(why)};
  return Step::kRefused;
}

HttpParser::Step HttpParser::advance(std::string_view bytes, size_t& used) {
  used = 0;
  return reader_->head_told ? advance_body(bytes, used) : advance_head(bytes, used);
}

HttpParser::Step HttpParser::advance_head(std::string_view bytes, size_t& used) {
  const size_t end = bytes.find("\r\n\r\n");
  const std::string_view head = bytes.substr(0, end == std::string_view::npos ? end : end + 4);
  const std::string_view problem = problem_of_lines(head.substr(0, limits_.header_bytes_max));
  if (!problem.empty()) return refuse(400, problem);
  if (head.size() > limits_.header_bytes_max) {
    return refuse(431, fmt::format("the request line and the headers may have {} bytes", limits_.header_bytes_max));
  }
  if (end == std::string_view::npos) return Step::kMore;
  error_code error;
  used = reader_->put(boost::asio::buffer(head.data(), head.size()), error);
  if (reader_->refusal.status != 0) return refuse(reader_->refusal.status, reader_->refusal.why);
  if (error == http::error::body_limit) {
    return refuse(413, fmt::format("a body may have {} bytes", limits_.body_bytes_max));
  }
  if (error || !reader_->is_header_done()) return refuse(400, error ? error.message() : "the head is not complete");
  reader_->head_told = true;
  return Step::kHead;
}

HttpParser::Step HttpParser::advance_body(std::string_view bytes, size_t& used) {
  while (!reader_->is_done()) {
    const std::string_view rest = bytes.substr(used);
    if (rest.empty()) return Step::kMore;
    error_code error;
    used += reader_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (error == http::error::need_more) {
      if (bytes.size() - used <= limits_.header_bytes_max) return Step::kMore;
      return refuse(400, "a chunk has too long a first line, or too much follows the last");
    }
    if (error == http::error::body_limit) {
      return refuse(413, fmt::format("a body may have {} bytes", limits_.body_bytes_max));
    }
    if (error) return refuse(400, error.message());
  }
  return Step::kDone;
}

}  // namespace penstock
