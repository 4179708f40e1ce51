#include "optimizer/report_words.h"

#include <fmt/format.h>

#include <cmath>

#include "eval/report.h"

namespace verge::optimizer {

std::string BytesText(size_t bytes) {
  const auto count = static_cast<double>(bytes);
  if (bytes >= 1000000) return fmt::format("{:.2f} MB", count / 1e6);
  if (bytes >= 1000) return fmt::format("{:.1f} kB", count / 1e3);
  return fmt::format("{} B", bytes);
}

std::string FigureText(const std::vector<eval::Figure>& figures, const std::string& name) {
  const eval::Figure* const figure = FindFigure(figures, name);
  return figure == nullptr ? "-" : eval::Text(*figure);
}

std::string SqnrText(double sqnr_db) {
  if (std::isnan(sqnr_db)) return "-";
  return std::isinf(sqnr_db) && sqnr_db > 0 ? "equal" : fmt::format("{:.1f} dB", sqnr_db);
}

std::string SqnrText(const Measured& measured) {
  return measured.closeness ? SqnrText(measured.closeness->sqnr_db) : "-";
}

std::string DropText(const Trial& trial) {
  if (!trial.drop || std::isnan(*trial.drop)) return "-";
  constexpr double kShown = 0.005;  // half of the last digit
  const double change = std::abs(100 * *trial.drop) < kShown ? 0 : -100 * *trial.drop;
  std::string text = fmt::format("{:+.2f} points", change);
  if (trial.paired && trial.paired->interval) {
    text += fmt::format(" ({:+.2f} .. {:+.2f})", 100 * trial.paired->interval->lo, 100 * trial.paired->interval->hi);
  }
  return text;
}

std::string LatencyText(const Measured& measured) {
  return measured.latency_ms ? fmt::format("{:.3f} ms", *measured.latency_ms) : "-";
}

double QualityOf(const Outcome& outcome, const Measured& measured) {
  const eval::Figure* const figure = FindFigure(measured.evaluation.figures, outcome.figure);
  if (figure != nullptr) return figure->value;
  return measured.closeness ? measured.closeness->sqnr_db : NAN;
}

std::vector<bool> OnParetoFront(const Outcome& outcome) {
  std::vector<bool> is_on(outcome.trials.size(), true);
  for (size_t i = 0; i < outcome.trials.size(); ++i) {
    const Measured& mine = outcome.trials[i].measured;
    for (size_t k = 0; k < outcome.trials.size() && is_on[i]; ++k) {
      const Measured& other = outcome.trials[k].measured;
      const double quality = QualityOf(outcome, mine), theirs = QualityOf(outcome, other);
      const bool is_no_worse = other.file_bytes <= mine.file_bytes && theirs >= quality;
      const bool is_better = other.file_bytes < mine.file_bytes || theirs > quality;
      if (k != i && is_no_worse && is_better) is_on[i] = false;
    }
  }
  return is_on;
}

}  // namespace verge::optimizer
