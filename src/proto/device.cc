#include "proto/device.h"

#include "proto/describe.h"
#include "proto/json.h"

namespace verge::proto {

constexpr TextRule kTokenRule{1, 512, IsLine, "an enrolment token"};
constexpr TextRule kSha256Rule{0, 64, IsLine, "64 hex digits"};
constexpr TextRule kRootRule{0, size_t{512} << 10, nullptr, "a root document"};

template <typename A>
void Describe(A& a, EnrolRequest& m) {
  a.Text("token", m.token, kTokenRule);
  a.Text("name", m.name, kLineRule);
  a.Text("csr", m.csr, kPemRule);
  a.Json("inventory", m.inventory);
  if (A::kReads || !m.root.empty()) a.OptionalText("root", m.root, kSha256Rule);
}
template <typename A>
void Describe(A& a, EnrolAnswer& m) {
  a.Text("device_id", m.device_id, kIdRule);
  a.Text("certificate", m.certificate, kPemRule);
  a.Text("ca", m.ca, kPemRule);
  a.Text("group", m.group, kNameRule);
  if (A::kReads || !m.root.empty()) a.OptionalText("root", m.root, kRootRule);
}
template <typename A>
void Describe(A& a, EventBatch& m) {
  a.Int("epoch", m.epoch, {1, kMaxInteger});
  a.List("events", m.events, kMaxEventsPerBatch);
}
template <typename A>
void Describe(A& a, Acknowledged& m) {
  a.Int("epoch", m.epoch);
  a.Int("seq", m.seq);
}
template <typename A>
void Describe(A& a, EventsAnswer& m) {
  a.Object("acknowledged", m.acknowledged);
}

Result<EnrolRequest> ParseEnrolRequest(std::string_view text) { return ParseMessage<EnrolRequest>(text); }
Result<EnrolAnswer> ParseEnrolAnswer(std::string_view text) { return ParseMessage<EnrolAnswer>(text); }
Result<Desired> ParseDesired(std::string_view text) { return ParseMessage<Desired>(text); }
Result<Reported> ParseReported(std::string_view text) { return ParseMessage<Reported>(text); }
Result<EventsAnswer> ParseEventsAnswer(std::string_view text) { return ParseMessage<EventsAnswer>(text); }

Result<EventBatch> ParseEventBatch(std::string_view text) {
  VERGE_TRY_ASSIGN(EventBatch batch, ParseMessage<EventBatch>(text));
  int64_t last_seq = 0;
  for (size_t i = 0; i < batch.events.size(); ++i) {
    const Event& event = batch.events[i];
    const std::string place = "events[" + std::to_string(i) + "]";
    if (event.epoch != batch.epoch)
      return VERGE_ERROR(kInvalidArgument, place + ".epoch: expected the epoch of the batch");
    if (event.seq <= last_seq) return VERGE_ERROR(kInvalidArgument, place + ".seq: expected more than the one before");
    last_seq = event.seq;
  }
  return batch;
}

Result<JsonText> ToJsonText(const Inventory& inventory) { return JsonText::Parse(WriteMessage(inventory)); }

std::string ToJson(const EnrolRequest& m) { return WriteMessage(m); }
std::string ToJson(const EnrolAnswer& m) { return WriteMessage(m); }
std::string ToJson(const Desired& m) { return WriteMessage(m); }
std::string ToJson(const Reported& m) { return WriteMessage(m); }
std::string ToJson(const EventBatch& m) { return WriteMessage(m); }
std::string ToJson(const EventsAnswer& m) { return WriteMessage(m); }
std::string ToJson(const Event& m) { return WriteMessage(m); }

}  // namespace verge::proto
