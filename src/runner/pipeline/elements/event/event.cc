// Sink: every firing becomes an event of the app.
#include "runner/pipeline/element.h"
#include "runner/pipeline/firing_event.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

class EventStage final : public Stage {
 public:
  explicit EventStage(const Services& services) : services_(services) {}

  Status Process(Packet packet, Outlet& /*out*/) override {
    for (const Firing& firing : packet.firings) {
      VERGE_TRY_ASSIGN(proto::RunnerEvent event, EventOf(firing, packet, services_));
      VERGE_TRY(services_.events.Emit(std::move(event)));
    }
    return Status::Ok();
  }

 private:
  const Services& services_;
};

Result<Made> MakeEvent(MakeArgs& args) {
  Made made;
  made.stage = std::make_unique<EventStage>(args.services);
  return made;
}

}  // namespace

ElementType EventElement() { return {"event", "sink: firings become events", {PortKind::kFirings}, MakeEvent}; }

}  // namespace verge::runner::pipeline
