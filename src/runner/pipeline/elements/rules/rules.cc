// Runs the app's rules (rules.yaml) over the objects of each frame.
#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"
#include "runner/rules/engine.h"

namespace verge::runner::pipeline {
namespace {

class RulesStage final : public Stage {
 public:
  explicit RulesStage(const rules::RuleSet& set) : engine_(set) {}

  Status Process(Packet packet, Outlet& out) override {
    packet.firings = engine_.Process(packet.frame, packet.media_us, packet.objects);
    out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  rules::Engine engine_;
};

Result<Made> MakeRules(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  if (args.services.rules == nullptr)
    return f.Expected("type", "a file of rules in app.yaml (rules: rules.yaml) for an element of this type");
  if (args.services.rules->NeedsTracks() && args.input().kind != PortKind::kTracks) {
    return f.Expected("from", "a track element: rules with for, hold, grace or cooldown remember tracks");
  }
  Made made;
  made.stage = std::make_unique<RulesStage>(*args.services.rules);
  made.output = Port::Of(PortKind::kFirings);
  return made;
}

}  // namespace

ElementType RulesElement() { return {"rules", "what the objects mean", {PortKind::kObjects}, MakeRules}; }

}  // namespace verge::runner::pipeline
