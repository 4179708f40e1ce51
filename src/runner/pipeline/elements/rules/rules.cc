// Runs the app's rules (rules.yaml): over the objects of each frame, or over values, which may come from several
// elements that give samples.
#include <algorithm>

#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"
#include "runner/rules/engine.h"

namespace verge::runner::pipeline {
namespace {

class ObjectRulesStage final : public Stage {
 public:
  ObjectRulesStage(const rules::RuleSet& set, QualityWatch* quality) : engine_(set), quality_(quality) {}

  Status Process(Packet packet, Outlet& out) override {
    packet.firings = engine_.Process(packet.frame, packet.media_us, packet.objects);
    if (quality_ != nullptr) VERGE_TRY(quality_->SeeFirings(packet.media_us, packet.firings.size()));
    out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  rules::Engine engine_;
  QualityWatch* quality_;
};

class ValueRulesStage final : public Stage {
 public:
  // columns[input][i]: which value column i of that input is; kNone when no rule needs it.
  static constexpr size_t kNone = SIZE_MAX;
  ValueRulesStage(const rules::RuleSet& set, std::vector<std::vector<size_t>> columns, QualityWatch* quality)
      : engine_(set), columns_(std::move(columns)), quality_(quality) {}

  Status Process(Packet packet, Outlet& out) override {
    const std::vector<size_t>& columns = columns_[packet.input];
    const Samples& samples = *packet.samples;
    for (size_t row = 0; row < samples.rows(); ++row) {
      updates_.clear();
      for (size_t i = 0; i < columns.size(); ++i) {
        if (columns[i] != kNone) updates_.push_back({columns[i], samples.values[row * columns.size() + i]});
      }
      Append(engine_.ProcessValues(packet.frame, samples.times_us[row], updates_), packet.firings);
    }
    if (quality_ != nullptr) VERGE_TRY(quality_->SeeFirings(packet.media_us, packet.firings.size()));
    if (!packet.firings.empty()) out.Give(std::move(packet));
    return Status::Ok();
  }

  Status Advance(int64_t media_us, Outlet& out) override {
    Packet packet;
    packet.media_us = media_us;
    packet.firings = engine_.ProcessValues(0, media_us, {});
    if (quality_ != nullptr) VERGE_TRY(quality_->SeeFirings(media_us, packet.firings.size()));
    if (!packet.firings.empty()) out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  static void Append(std::vector<Firing> more, std::vector<Firing>& firings) {
    std::move(more.begin(), more.end(), std::back_inserter(firings));
  }

  rules::Engine engine_;
  std::vector<std::vector<size_t>> columns_;
  std::vector<rules::ValueUpdate> updates_;
  QualityWatch* quality_;
};

Result<std::unique_ptr<Stage>> MakeValueRules(MakeArgs& args, const rules::RuleSet& set) {
  std::vector<std::vector<size_t>> columns;
  std::vector<bool> is_given(set.values.size(), false);
  std::string known;
  for (const Port* port : args.inputs) {
    if (port->kind != PortKind::kSamples)
      return args.fields.Expected("from", "elements that give samples: the rules are about values");
    std::vector<size_t>& of_input = columns.emplace_back();
    for (const std::string& channel : port->channels) {
      known += (known.empty() ? "" : ", ") + channel;
      const auto found = std::find(set.values.begin(), set.values.end(), channel);
      const auto index = static_cast<size_t>(found - set.values.begin());
      of_input.push_back(found == set.values.end() ? ValueRulesStage::kNone : index);
      if (found == set.values.end()) continue;
      if (is_given[index]) return args.fields.Expected("from", "one element that gives '" + channel + "', not two");
      is_given[index] = true;
    }
  }
  for (size_t i = 0; i < is_given.size(); ++i) {
    if (!is_given[i])
      return args.fields.Expected(
          "from", "an element that gives '" + set.values[i] + "', which the rules are about (given: " + known + ")");
  }
  return std::unique_ptr<Stage>(std::make_unique<ValueRulesStage>(set, std::move(columns), args.services.quality));
}

Result<Made> MakeRules(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  if (args.services.rules == nullptr)
    return f.Expected("type", "a file of rules in app.yaml (rules: rules.yaml) for an element of this type");
  const rules::RuleSet& set = *args.services.rules;
  Made made;
  made.output = Port::Of(PortKind::kFirings);
  if (!set.values.empty()) {
    VERGE_TRY_ASSIGN(made.stage, MakeValueRules(args, set));
    return made;
  }
  if (args.inputs.size() != 1 || args.input().kind == PortKind::kSamples)
    return f.Expected("from", "one element that gives objects: the rules name no 'values'");
  if (set.NeedsTracks() && args.input().kind != PortKind::kTracks) {
    return f.Expected("from", "a track element: rules with for, hold, grace, cooldown or after remember tracks");
  }
  made.stage = std::make_unique<ObjectRulesStage>(set, args.services.quality);
  return made;
}

}  // namespace

ElementType RulesElement() {
  return {"rules", "what objects or values mean", {PortKind::kObjects, PortKind::kSamples}, MakeRules, kMaxInputs};
}

}  // namespace verge::runner::pipeline
