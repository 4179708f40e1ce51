// Sink: collects what the report at the end of the run shows. Does nothing when no report is wanted.
//
//   label, min_score   what is counted (default person, 0.5)
//   pictures           annotated moments in the report (default 8)
#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

class ReportStage final : public Stage {
 public:
  explicit ReportStage(report::Collector* collector) : collector_(collector) {}

  Status Process(Packet packet, Outlet& /*out*/) override {
    if (collector_ == nullptr) return Status::Ok();
    return collector_->Add(packet.frame, packet.media_us, packet.image.get(), packet.objects, packet.firings);
  }

 private:
  report::Collector* collector_;
};

Result<Made> MakeReport(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  report::CollectorOptions o;
  VERGE_TRY_ASSIGN(o.label, f.String("label", "person"));
  VERGE_TRY_ASSIGN(const double min_score, f.Number("min_score", {.min = 0, .max = 1}, 0.5));
  VERGE_TRY_ASSIGN(const int64_t pictures, f.Int("pictures", {.min = 1, .max = 64}, 8));
  o.min_score = static_cast<float>(min_score);
  o.pictures = static_cast<size_t>(pictures);
  if (args.services.has_report) return f.Expected("type", "only one report in a pipeline");
  args.services.has_report = true;
  if (args.services.report != nullptr) args.services.report->Configure(std::move(o));
  Made made;
  made.stage = std::make_unique<ReportStage>(args.services.report);
  return made;
}

}  // namespace

ElementType ReportElement() {
  return {"report", "sink: a page about the run", {PortKind::kObjects, PortKind::kFirings}, MakeReport};
}

}  // namespace verge::runner::pipeline
