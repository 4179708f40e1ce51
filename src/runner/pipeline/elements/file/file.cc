// Sink: keeps what passes in a file of the app's data folder. Samples as a table, firings as JSON lines like
// alerts.jsonl.
//
//   name        of the file, without folders (default: the id of the element, with .csv or .jsonl)
//   max_bytes   at this size NAME becomes NAME.1 (replacing the one before) and a new one begins (default 8388608)
#include <fmt/format.h>

#include <cmath>

#include "runner/pipeline/element.h"
#include "runner/pipeline/firing_event.h"
#include "runner/pipeline/services.h"
#include "sys/file/file.h"
#include "sys/file/output_file.h"

namespace verge::runner::pipeline {
namespace {

class FileStage final : public Stage {
 public:
  // `head` begins each file: the names of the columns.
  FileStage(const Services& services, std::string path, std::string head, size_t width, uint64_t max_bytes)
      : services_(services), path_(std::move(path)), head_(std::move(head)), width_(width), max_bytes_(max_bytes) {}

  Status Process(Packet packet, Outlet& /*out*/) override {
    std::string text;
    if (width_ > 0) {
      text = Rows(*packet.samples);
    } else {
      for (const Firing& firing : packet.firings) {
        VERGE_TRY_ASSIGN(const proto::RunnerEvent event, EventOf(firing, packet, services_));
        text += LineOf(event);
      }
    }
    return text.empty() ? Status::Ok() : Write(text);
  }
  Status Finish(Outlet& /*out*/) override { return file_ ? file_->Sync() : Status::Ok(); }

 private:
  std::string Rows(const Samples& samples) const {
    std::string text;
    for (size_t row = 0; row < samples.rows(); ++row) {
      text += fmt::format("{:.6f}", static_cast<double>(samples.times_us[row]) * 1e-6);
      for (size_t i = 0; i < width_; ++i) {
        const double value = samples.values[row * width_ + i];
        text += std::isnan(value) ? "," : fmt::format(",{}", value);
      }
      text += '\n';
    }
    return text;
  }

  Status Write(const std::string& text) {
    if (path_.empty()) return Status::Ok();
    if (file_ && file_->size_bytes() + text.size() > max_bytes_) {
      VERGE_TRY(sys::RenameDurable(path_, path_ + ".1"));
      file_.reset();
    }
    if (!file_) {
      VERGE_TRY_ASSIGN(file_, sys::OutputFile::Open(path_, true));
      VERGE_TRY(file_->Write(head_));
    }
    return file_->Write(text);
  }

  const Services& services_;
  std::string path_;  // empty: no folder to keep it in
  std::string head_;
  size_t width_;  // columns of samples; 0: firings
  uint64_t max_bytes_;
  std::optional<sys::OutputFile> file_;
};

Result<Made> MakeFile(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  const bool is_table = args.input().kind == PortKind::kSamples;
  VERGE_TRY_ASSIGN(const std::string id, f.String("id"));
  VERGE_TRY_ASSIGN(const std::string name, f.String("name", id + (is_table ? ".csv" : ".jsonl")));
  if (!app::IsSafePath(name) || name.find('/') != std::string::npos)
    return f.Expected("name", "the name of a file, without folders");
  VERGE_TRY_ASSIGN(const int64_t max_bytes,
                   f.Int("max_bytes", {.min = 4096, .max = int64_t{1} << 40}, int64_t{8} << 20));
  std::string head = is_table ? "time" : "";
  for (const std::string& channel : args.input().channels) head += "," + channel;
  if (is_table) head += '\n';
  const std::string& dir = args.services.data_dir;
  Made made;
  made.stage = std::make_unique<FileStage>(args.services, dir.empty() ? "" : sys::JoinPath(dir, name), head,
                                           args.input().channels.size(), static_cast<uint64_t>(max_bytes));
  return made;
}

}  // namespace

ElementType FileElement() {
  return {"file", "sink: a file of the data folder", {PortKind::kSamples, PortKind::kFirings}, MakeFile};
}

}  // namespace verge::runner::pipeline
