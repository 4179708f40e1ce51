#include "agent/machine.h"

#include <array>

namespace verge::agent {
namespace {

struct StateRow {
  UpdateState state;
  const char* name;
  proto::DeviceState report;
};
constexpr auto kStates = std::to_array<StateRow>({
#define VERGE_STATE(name, report) {UpdateState::k##name, #name, proto::DeviceState::k##report},
#include "agent/update_states.def"
});

struct Arrow {
  UpdateState from;
  UpdateEvent event;
  UpdateState to;
};
constexpr auto kArrows = std::to_array<Arrow>({
#define VERGE_ARROW(from, event, to) {UpdateState::k##from, UpdateEvent::k##event, UpdateState::k##to},
#include "agent/update_states.def"
});

}  // namespace

std::optional<UpdateState> NextState(UpdateState from, UpdateEvent event) {
  for (const Arrow& arrow : kArrows) {
    if (arrow.from == from && arrow.event == event) return arrow.to;
  }
  return std::nullopt;
}

const char* StateName(UpdateState state) { return kStates[static_cast<size_t>(state)].name; }

std::optional<UpdateState> ParseState(std::string_view name) {
  for (const StateRow& row : kStates) {
    if (name == row.name) return row.state;
  }
  return std::nullopt;
}

proto::DeviceState ReportOf(UpdateState state) { return kStates[static_cast<size_t>(state)].report; }

bool IsWorking(UpdateState state) {
  return state == UpdateState::kDownloading || state == UpdateState::kVerifying || state == UpdateState::kInstalling ||
         state == UpdateState::kProving || state == UpdateState::kSoaking;
}

}  // namespace verge::agent
