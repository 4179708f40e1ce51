// Judged by a program of the user's: it gets a folder and prints figures.
//
//   items.csv                     number of the item, file, label or text; one line an item
//   NUMBER_RUN_OUTPUT.npy         what the model put out
//   standard output               {"figure": number, ...}; the first one is the main figure
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "eval/task.h"
#include "media/npy.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/process/process.h"

namespace verge::eval {
namespace {

constexpr int64_t kTimeoutMs = 600'000;

class Custom final : public Task {
 public:
  Custom(const Spec& spec, const Dataset& data, sys::TempDir folder)
      : spec_(spec), data_(data), folder_(std::move(folder)), runs_(data.items.size(), 0) {}

  Status Judge(size_t index, const Run& run) override {
    for (size_t o = 0; o < run.outputs.size(); ++o) {
      VERGE_TRY_ASSIGN(const std::vector<std::byte> bytes, media::WriteNpy(run.outputs[o]));
      const std::string name =
          std::to_string(index) + "_" + std::to_string(runs_[index]) + "_" + std::to_string(o) + ".npy";
      VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(folder_.path(), name),
                                     {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
    ++runs_[index];
    return Status::Ok();
  }

  Result<std::vector<Figure>> Figures() override {
    std::string items;
    for (size_t i = 0; i < data_.items.size(); ++i) {
      const Item& item = data_.items[i];
      const std::string label = item.text.empty() && item.label >= 0 ? std::to_string(item.label) : item.text;
      items += std::to_string(i) + "," + item.name + "," + label + "\n";
    }
    VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(folder_.path(), "items.csv"), items));
    sys::SpawnOptions options;
    options.argv = spec_.output.command;
    options.argv.push_back(folder_.path());
    sys::CaptureLimits limits;
    limits.timeout_ms = kTimeoutMs;
    VERGE_TRY_ASSIGN(const sys::Captured captured, sys::RunAndCapture(options, limits));
    if (!captured.status.success()) {
      return VERGE_ERROR(kInvalidArgument,
                         "output.command ended with " + ToString(captured.status) + ": " + captured.error);
    }
    return ReadFigures(captured.output);
  }

 private:
  static Result<std::vector<Figure>> ReadFigures(const std::string& text) {
    const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    std::vector<Figure> figures;
    const bool is_map = json.is_object();
    for (auto it = is_map ? json.begin() : json.end(); it != json.end(); ++it) {
      if (!it.value().is_number())
        return VERGE_ERROR(kInvalidArgument, "output.command: " + it.key() + " is no number");
      figures.push_back({it.key(), it.value().get<double>(), std::nullopt});
    }
    if (!figures.empty()) return figures;
    return VERGE_ERROR(
        kInvalidArgument,
        "output.command printed no figures; expected {\"figure\": number, ...}, got: " + text.substr(0, 200));
  }

  const Spec& spec_;
  const Dataset& data_;
  sys::TempDir folder_;
  std::vector<size_t> runs_;  // of each item; one thread an item
};

}  // namespace

Result<std::unique_ptr<Task>> MakeCustom(const Spec& spec, const Dataset& data) {
  VERGE_TRY_ASSIGN(sys::TempDir folder, sys::TempDir::Create());
  return std::unique_ptr<Task>(std::make_unique<Custom>(spec, data, std::move(folder)));
}

}  // namespace verge::eval
