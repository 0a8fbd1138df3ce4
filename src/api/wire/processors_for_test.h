// SPDX-License-Identifier: Apache-2.0
// For tests: processors that only write down what they are asked, and answer as told.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "bson/ejson.h"
#include "control/processors.h"

namespace penstock {

class WrittenDownProcessors final : public Processors {
 public:
  std::vector<std::string> calls;    // "start w p resume tier=SP30 by me"
  std::optional<Error> failure;      // Of the next call.
  std::vector<ProcessorView> views;  // Of list; get takes the one of that name.
  std::shared_ptr<SampleTap> tap = std::make_shared<SampleTap>();

  Result<void> create(std::string_view workspace, const NewProcessor& processor, std::string_view who) override {
    return note(fmt::format("create {} {} {} {} by {}", workspace, processor.name, array_text(processor.pipeline),
                            to_json(processor.options.view()), who));
  }
  Result<void> start(std::string_view workspace, std::string_view name, const StartRequest& request,
                     std::string_view who) override {
    return note(fmt::format("start {} {} {} tier={}{} by {}", workspace, name, request.resume ? "resume" : "fresh",
                            request.tier, document_text(" autoscaling", request.autoscaling), who));
  }
  Result<void> stop(std::string_view workspace, std::string_view name, std::string_view who) override {
    return note(fmt::format("stop {} {} by {}", workspace, name, who));
  }
  Result<void> drop(std::string_view workspace, std::string_view name, std::string_view who) override {
    return note(fmt::format("drop {} {} by {}", workspace, name, who));
  }
  Result<void> modify(std::string_view workspace, std::string_view name, const ModifyRequest& request,
                      std::string_view who) override {
    std::string text = fmt::format("modify {} {} {}", workspace, name, request.resume ? "resume" : "fresh");
    if (request.pipeline) text += " pipeline=" + array_text(*request.pipeline);
    if (request.name) text += " name=" + *request.name;
    text += document_text(" dlq", request.dlq);
    if (request.tier) text += " tier=" + *request.tier;
    text += document_text(" autoscaling", request.autoscaling);
    if (request.stream_meta_field_name) text += " meta=" + *request.stream_meta_field_name;
    return note(text + fmt::format(" by {}", who));
  }
  Result<ProcessorView> get(std::string_view workspace, std::string_view name) override {
    PS_TRY(note(fmt::format("get {} {}", workspace, name)));
    for (const ProcessorView& view : views) {
      if (view.record.name == name) return view;
    }
    return Error(ErrorCode{415}, "no processor named \"{}\"", name);
  }
  Result<std::vector<ProcessorView>> list(std::string_view workspace) override {
    PS_TRY(note(fmt::format("list {}", workspace)));
    return views;
  }
  Result<std::shared_ptr<SampleTap>> sample(std::string_view workspace, std::string_view name) override {
    PS_TRY(note(fmt::format("sample {} {}", workspace, name)));
    return tap;
  }
  Result<Temporary> process(std::string_view workspace, const NewProcessor& processor, std::string_view who) override {
    PS_TRY(note(fmt::format("process {} {} {} by {}", workspace, array_text(processor.pipeline),
                            to_json(processor.options.view()), who)));
    return Temporary{"temporary", tap};
  }

 private:
  static std::string array_text(const OwnedDocument& array) { return to_json(Value::array(array)); }
  static std::string document_text(std::string_view name, const std::optional<OwnedDocument>& document) {
    return document ? fmt::format("{}={}", name, to_json(document->view())) : "";
  }
  Result<void> note(std::string call) {
    calls.push_back(std::move(call));
    if (!failure) return {};
    Error error = std::move(*failure);
    failure.reset();
    return error;
  }
};

}  // namespace penstock
