// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

namespace penstock {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

// A value with a line end in it would begin a header of its own.
std::string on_one_line(std::string text) {
  for (char& c : text)
    c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return text;
}

std::string text_of(const HttpResponse& response, bool without_body, bool keep_alive, EventTime now) {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, http_reason(response.status), http_date(now));
  for (const HttpHeader& header : response.headers) {
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", on_one_line(header.name), on_one_line(header.value));
  }
  if (may_have_body(response.status)) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
  }
  if (!keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  if (!without_body && may_have_body(response.status)) out += response.body;
  return out;
}

// "localhost" of "localhost:8427", "[::1]" of "[::1]:8427"; empty when it is not of that form.
std::optional<std::string_view> host_without_port(std::string_view host) {
  const size_t name_end = host.starts_with('[') ? host.find(']') : host.find(':');
  if (host.starts_with('[') && name_end == std::string_view::npos) return {};
  const size_t end = host.starts_with('[') ? name_end + 1 : std::min(name_end, host.size());
  const std::string_view port = host.substr(end);
  if (!port.empty() && (port[0] != ':' || port.find_first_not_of("0123456789", 1) != std::string_view::npos)) return {};
  return host.substr(0, end);
}

std::string lower_case(std::string text) {
  for (char& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  return text;
}

struct HttpService {
  HttpOptions options;  // Hosts in lower case, ours among them.
  HttpHandler& handler;
  const Clock& clock;

  bool is_ours(std::string_view host) const {
    const std::optional<std::string_view> name = host_without_port(host);
    return name &&
           std::find(options.hosts.begin(), options.hosts.end(), lower_case(std::string(*name))) != options.hosts.end();
  }
};

class HttpConnection final : public StreamHandler {
 public:
  HttpConnection(std::shared_ptr<const HttpService> service, PeerInfo peer, std::shared_ptr<StreamSender> sender)
      : service_(std::move(service)), peer_(std::move(peer)), sender_(std::move(sender)) {}

  size_t on_bytes(std::string_view bytes) override {
    size_t taken = 0;
    while (!over_) {
      if (parser_ == nullptr) {
        if (taken == bytes.size()) return taken;
        parser_ = std::make_unique<HttpParser>(service_->options.limits);
      }
      size_t used = 0;
      const HttpParser::Step step = parser_->advance(bytes.substr(taken), used);
      taken += used;
      switch (step) {
        case HttpParser::Step::kMore: return taken;
        case HttpParser::Step::kRefused:
          answer_and_close(http_error(parser_->refusal().status, "BAD_HTTP_REQUEST", parser_->refusal().why));
          break;
        case HttpParser::Step::kHead: on_head(taken < bytes.size()); break;
        case HttpParser::Step::kDone: handle(); return taken;
      }
    }
    return bytes.size();
  }
  void on_closed() override {}

 private:
  void on_head(bool more_has_come) {
    HttpRequest& request = parser_->request();
    request.peer = peer_;
    const std::string_view host = *request.header("host");
    const std::string_view authority = parser_->authority();
    if (!service_->is_ours(host)) return refuse_host(host);
    if (!authority.empty() && !service_->is_ours(authority)) return refuse_host(authority);
    sender_->set_authenticated();
    if (std::optional<HttpResponse> response = service_->handler.refuse(request)) {
      // What follows is a body that nobody reads, or the next request.
      if (parser_->has_body() || !parser_->keeps_alive()) return answer_and_close(*response);
      sender_->send(text_of(*response, request.method == "HEAD", true, service_->clock.now()));
      parser_.reset();
      return;
    }
    if (parser_->has_body() && parser_->waits_to_continue() && !more_has_come) sender_->send(std::string(kContinue));
  }

  void refuse_host(std::string_view host) {
    std::string shown;  // The bytes of a header need not be UTF-8.
    for (const char c : host.substr(0, 255))
      shown += c >= 0x20 && c < 0x7f ? c : '?';
    answer_and_close(
        http_error(421, "HOST_NOT_ALLOWED",
                   fmt::format("Host '{}' is not a name of this server. Allowed: {}. Add it to the server's "
                               "HTTP host names if it is one.",
                               shown, fmt::join(service_->options.hosts, ", "))));
  }

  void handle() {
    // Before the handler: it may answer at once, from any thread.
    sender_->pause(true);
    HttpReply reply(sender_, parser_->request().method == "HEAD", parser_->keeps_alive(), service_->clock);
    HttpRequest request = std::move(parser_->request());
    parser_.reset();
    service_->handler.handle(std::move(request), std::move(reply));
  }

  void answer_and_close(const HttpResponse& response) {
    over_ = true;
    const bool without_body = parser_->request().method == "HEAD";
    sender_->send(text_of(response, without_body, false, service_->clock.now()));
    sender_->close();
    parser_.reset();
  }

  std::shared_ptr<const HttpService> service_;
  PeerInfo peer_;
  std::shared_ptr<StreamSender> sender_;
  std::unique_ptr<HttpParser> parser_;  // While a request comes in.
  bool over_ = false;
};

}  // namespace

struct HttpReply::Pending {
  Pending(std::shared_ptr<StreamSender> to, bool head, bool keep, const Clock& time)
      : sender(std::move(to)), without_body(head), keep_alive(keep), clock(time) {}
  ~Pending() {
    if (!answered) answer(http_error(500, "UNEXPECTED_ERROR", "The request was given up before it was answered."));
  }
  void answer(const HttpResponse& response) {
    PS_CHECK(!answered.exchange(true), "a request is answered once");
    sender->send(text_of(response, without_body, keep_alive, clock.now()));
    keep_alive ? sender->pause(false) : sender->close();
  }

  std::shared_ptr<StreamSender> sender;
  bool without_body;
  bool keep_alive;
  const Clock& clock;
  std::atomic<bool> answered = false;
};

HttpReply::HttpReply(std::shared_ptr<StreamSender> sender, bool without_body, bool keep_alive, const Clock& clock)
    : pending_(std::make_shared<Pending>(std::move(sender), without_body, keep_alive, clock)) {}

void HttpReply::operator()(HttpResponse response) const { pending_->answer(response); }

HandlerFactory serve_http(HttpOptions options, HttpHandler& handler, const Clock& clock) {
  for (std::string& host : options.hosts)
    host = lower_case(std::move(host));
  for (const char* ours : {"[::1]", "127.0.0.1", "localhost"})
    options.hosts.insert(options.hosts.begin(), ours);
  auto service = std::make_shared<const HttpService>(HttpService{std::move(options), handler, clock});
  return [service](const PeerInfo& peer, std::shared_ptr<StreamSender> sender) {
    return std::make_unique<HttpConnection>(service, peer, std::move(sender));
  };
}

ListenOptions http_listen_options(const HttpOptions& options) {
  ListenOptions listen;
  listen.idle_time = {75'000};
  listen.stall_time = {60'000};
  // Bodies are taken piece by piece: only a head, or the first line of a chunk, waits for its rest; behind it what one
  // read may bring along.
  listen.input_bytes_max = options.limits.header_bytes_max + (size_t{128} << 10);
  return listen;
}

}  // namespace penstock
