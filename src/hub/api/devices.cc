// Devices and groups, as operators see them.
#include "hub/api/routes.h"

namespace verge::hub {
namespace {

constexpr int64_t kMaxPage = 1000;

Result<proto::Device> Show(const Call& call, const DeviceRow& row) {
  proto::Device device;
  device.id = row.id;
  device.name = row.name;
  device.group = row.group;
  device.enrolled_at = row.enrolled_at;
  device.last_seen = row.last_seen;
  device.online = row.last_seen && call.services.NowMs() - *row.last_seen <= kOnlineMs;
  device.events = row.events;
  if (!row.reported_json.empty()) {
    VERGE_TRY_ASSIGN(device.reported, proto::ParseReported(row.reported_json));
  }
  VERGE_TRY_ASSIGN(device.desired, call.store().DesiredOf(row.id));
  return device;
}

}  // namespace

Result<Answer> ListDevices(Call& call) {
  VERGE_TRY_ASSIGN(const int64_t limit, QueryInt(call, "limit", 200, 1, kMaxPage));
  VERGE_TRY_ASSIGN(const std::vector<DeviceRow> rows,
                   call.store().ListDevices(call.Query("group"), call.Query("after"), limit + 1));
  proto::DeviceList list;
  for (const DeviceRow& row : rows) {
    if (static_cast<int64_t>(list.devices.size()) == limit) {  // one more than asked for: there is a next page
      list.next = list.devices.back().id;
      break;
    }
    Result<proto::Device> device = Show(call, row);
    if (device.code() == StatusCode::kNotFound && !device.ok()) continue;  // removed since the list was read
    VERGE_TRY_ASSIGN(proto::Device shown, std::move(device));
    list.devices.push_back(std::move(shown));
  }
  return Json(200, proto::ToJson(list));
}

Result<Answer> GetDevice(Call& call) {
  VERGE_TRY_ASSIGN(const std::optional<DeviceRow> row, call.store().FindDevice(call.params[0]));
  if (!row) return VERGE_ERROR(kNotFound, "there is no device " + call.params[0]);
  VERGE_TRY_ASSIGN(const proto::Device device, Show(call, *row));
  return Json(200, proto::ToJson(device));
}

Result<Answer> RemoveDevice(Call& call) {
  VERGE_TRY(call.store().RemoveDevice(call.params[0], call.services.NowMs()));
  call.services.wakeups.Wake(call.params[0]);  // its long poll ends now
  return Empty(204);
}

Result<Answer> ListGroups(Call& call) {
  proto::GroupList list;
  VERGE_TRY_ASSIGN(list.groups, call.store().ListGroups());
  return Json(200, proto::ToJson(list));
}

}  // namespace verge::hub
