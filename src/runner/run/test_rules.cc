#include "runner/run/test_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <vector>

#include "runner/pipeline/pipeline.h"
#include "runner/pipeline/recording.h"
#include "runner/pipeline/replay_source.h"
#include "runner/rules/rule_set.h"
#include "runner/sandbox/sandbox.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::runner {
namespace {

using pipeline::Node;
using pipeline::PortKind;

class NoEvents final : public pipeline::EventSink {
  Status Emit(proto::RunnerEvent /*event*/) override { return Status::Ok(); }
};

// The last element: keeps what fired.
class Keep final : public pipeline::Stage {
 public:
  explicit Keep(std::vector<Firing>& firings) : firings_(firings) {}
  Status Process(pipeline::Packet packet, pipeline::Outlet& /*out*/) override {
    std::move(packet.firings.begin(), packet.firings.end(), std::back_inserter(firings_));
    return Status::Ok();
  }

 private:
  std::vector<Firing>& firings_;
};

bool IsWanted(const pipeline::RecordedStream& stream, const rules::RuleSet& set) {
  if (set.values.empty()) return stream.port.kind == PortKind::kObjects || stream.port.kind == PortKind::kTracks;
  return stream.port.kind == PortKind::kSamples &&
         std::any_of(stream.port.channels.begin(), stream.port.channels.end(), [&](const std::string& channel) {
           return std::find(set.values.begin(), set.values.end(), channel) != set.values.end();
         });
}

// Streams of the recording -> the rules element -> Keep, run by one worker.
class Trial {
 public:
  Trial(const pipeline::Recording& recording, const rules::RuleSet& set) : recording_(recording), set_(set) {}

  Status Run() {
    for (const pipeline::RecordedStream& stream : recording_.streams()) {
      if (!IsWanted(stream, set_)) continue;
      Node& node = Add(stream.id);
      node.output = stream.port;
      node.source = std::make_unique<pipeline::ReplaySource>(recording_.Read(stream.id));
    }
    if (nodes_.empty()) {
      return VERGE_ERROR(kInvalidArgument,
                         set_.values.empty() ? "the recording has no stream of objects; record with --at TRACK-ELEMENT"
                                             : "the recording has no stream of samples with a value of the rules");
    }
    VERGE_TRY(AddRules());
    std::vector<std::unique_ptr<Node>>& nodes = nodes_;
    Node& keep = Add("keep");
    keep.stage = std::make_unique<Keep>(firings_);
    Connect(*nodes[nodes.size() - 2], keep);
    std::atomic<int64_t> frames{0};
    VERGE_TRY(pipeline::Scheduler(nodes_, frames).Run(0, 1));
    packets_ = frames.load();
    return Status::Ok();
  }

  const std::vector<Firing>& firings() const { return firings_; }
  int64_t packets() const { return packets_; }

 private:
  Node& Add(const std::string& id) {
    nodes_.push_back(std::make_unique<Node>());
    nodes_.back()->id = id;
    return *nodes_.back();
  }
  static void Connect(Node& from, Node& to) {
    from.readers.push_back({&to, to.inputs.size()});
    to.inputs.emplace_back(pipeline::kQueueCapacity, false);
  }

  // Through the element itself, so that its checks are those of a pipeline.
  Status AddRules() {
    const app::App app;
    ModelStore models(app, "");
    NoEvents events;
    pipeline::Services services{.app = app, .app_dir = "", .data_dir = "", .models = models, .events = events};
    services.rules = &set_;
    VERGE_TRY_ASSIGN(const yaml::Document document, yaml::Parse("recording", "{from: recording}"));
    VERGE_TRY_ASSIGN(yaml::Fields fields, yaml::Fields::Of(document, document.root, ""));
    pipeline::MakeArgs args{fields, {}, services};
    for (const auto& node : nodes_) args.inputs.push_back(&node->output);
    if (args.inputs.size() > pipeline::kMaxInputs)
      return VERGE_ERROR(kInvalidArgument,
                         "the rules need more than " + std::to_string(pipeline::kMaxInputs) + " streams");
    for (const pipeline::ElementType* type : pipeline::AllElements()) {
      if (std::string_view(type->name) != "rules") continue;
      VERGE_TRY_ASSIGN(pipeline::Made made, type->make(args));
      const size_t sources = nodes_.size();
      Node& rules = Add("rules");
      rules.stage = std::move(made.stage);
      for (size_t i = 0; i < sources; ++i) Connect(*nodes_[i], rules);
    }
    return Status::Ok();
  }

  const pipeline::Recording& recording_;
  const rules::RuleSet& set_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Firing> firings_;
  int64_t packets_ = 0;
};

std::string LineOf(const Firing& firing) {
  std::string line = fmt::format("{:>12.3f} s  {:<8} {}", static_cast<double>(firing.media_us) * 1e-6,
                                 SeverityName(firing.severity), firing.rule);
  if (firing.values.empty())
    line += fmt::format("  {} {:.2f} #{}", firing.object.label, static_cast<double>(firing.object.score),
                        firing.object.track);
  for (const auto& [name, value] : firing.values)
    line += std::isnan(value) ? fmt::format("  {}=?", name) : fmt::format("  {}={:g}", name, value);
  return line + (firing.message.empty() ? "" : "  " + firing.message) + "\n";
}

std::string Render(const Trial& trial, const rules::RuleSet& set) {
  std::string text;
  std::map<std::string, int> counts;
  for (const Firing& firing : trial.firings()) {
    text += LineOf(firing);
    ++counts[firing.rule];
  }
  text += fmt::format("{} firings in {} packets; the rules keep at most {} bytes\n", trial.firings().size(),
                      trial.packets(), set.MaxStateBytes());
  for (const rules::Rule& rule : set.rules) text += fmt::format("{:>8}  {}\n", counts[rule.name], rule.name);
  return text;
}

// The first difference between what fired and the lines of `expected`.
Status Compare(const std::vector<Firing>& firings, const std::string& expected, const std::string& path) {
  std::istringstream in(expected);
  size_t next = 0;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::string got = next < firings.size()
                                ? std::to_string(firings[next].media_us / 1000) + " " + firings[next].rule
                                : "nothing more";
    if (got != line)
      return VERGE_ERROR(kFailedPrecondition,
                         fmt::format("{}:{}: expected \"{}\", got \"{}\"", path, number, line, got));
    ++next;
  }
  if (next == firings.size()) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition, fmt::format("{}: expected nothing more, got \"{} {}\"", path,
                                                      firings[next].media_us / 1000, firings[next].rule));
}

Status Enter(const TestRulesOptions& options) {
  if (!options.is_sandboxed) return Status::Ok();
  SandboxPolicy policy;
  policy.read_paths = SystemReadPaths();
  for (const std::string& path : {options.rules_path, options.recording_path, options.expect_path}) {
    if (!path.empty()) policy.read_paths.push_back(path);
  }
  return ApplySandbox(policy).status();
}

}  // namespace

Result<std::string> TestRules(const TestRulesOptions& options) {
  constexpr uint64_t kMaxTextBytes = uint64_t{1} << 24;
  VERGE_TRY(Enter(options));
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(options.rules_path, kMaxTextBytes));
  VERGE_TRY_ASSIGN(const yaml::Document document, yaml::Parse(options.rules_path, text));
  VERGE_TRY_ASSIGN(const rules::RuleSet set, rules::ReadRules(document));
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(options.recording_path));
  const Result<pipeline::Recording> recording = pipeline::Recording::Open(file.bytes());
  if (!recording.ok()) return Status(recording.status()).WithContext(options.recording_path);
  Trial trial(*recording, set);
  VERGE_TRY(trial.Run());
  if (!options.expect_path.empty()) {
    VERGE_TRY_ASSIGN(const std::string expected, sys::ReadFile(options.expect_path, kMaxTextBytes));
    VERGE_TRY(Compare(trial.firings(), expected, options.expect_path));
  }
  return Render(trial, set);
}

}  // namespace verge::runner
