// Sink: every firing alerts on the device itself, whatever the network does, and becomes an event.
//
// A local alert is a JSON line at the end of DATA_DIR/alerts.jsonl, synced to the disk before the event is sent. At 8
// MiB the file becomes alerts.jsonl.1 (replacing the one before) and a new one begins.
#include "runner/pipeline/element.h"
#include "runner/pipeline/firing_event.h"
#include "runner/pipeline/services.h"
#include "sys/file/file.h"
#include "sys/file/output_file.h"

namespace verge::runner::pipeline {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{8} << 20;

class AlertStage final : public Stage {
 public:
  // `path` empty: no folder to keep alerts in.
  AlertStage(const Services& services, std::string path, std::optional<sys::OutputFile> file)
      : services_(services), path_(std::move(path)), file_(std::move(file)) {}

  Status Process(Packet packet, Outlet& /*out*/) override {
    for (const Firing& firing : packet.firings) {
      VERGE_TRY_ASSIGN(proto::RunnerEvent event, EventOf(firing, packet, services_));
      VERGE_TRY(Keep(event));
      VERGE_TRY(services_.events.Emit(std::move(event)));
    }
    return Status::Ok();
  }

 private:
  Status Keep(const proto::RunnerEvent& event) {
    if (!file_) return Status::Ok();
    if (file_->size_bytes() >= kMaxFileBytes) {
      VERGE_TRY(sys::RenameDurable(path_, path_ + ".1"));
      VERGE_TRY_ASSIGN(file_, sys::OutputFile::Open(path_, false));
    }
    VERGE_TRY(file_->Write(LineOf(event)));
    return file_->Sync();
  }

  const Services& services_;
  std::string path_;
  std::optional<sys::OutputFile> file_;
};

Result<Made> MakeAlert(MakeArgs& args) {
  const std::string& dir = args.services.data_dir;
  const std::string path = dir.empty() ? "" : sys::JoinPath(dir, "alerts.jsonl");
  std::optional<sys::OutputFile> file;
  if (!path.empty() && !args.services.is_check) {
    VERGE_TRY_ASSIGN(file, sys::OutputFile::Open(path, false));
  }
  Made made;
  made.stage = std::make_unique<AlertStage>(args.services, path, std::move(file));
  return made;
}

}  // namespace

ElementType AlertElement() {
  return {"alert", "sink: alerts on the device, and events", {PortKind::kFirings}, MakeAlert};
}

}  // namespace verge::runner::pipeline
