// Reports of evaluations as JSON and as the cells of a table.
#pragma once

#include <span>
#include <string>

#include "eval/evaluate.h"

namespace verge::eval {

// "84.7 % (82.3 .. 86.8)", "41.20 dB": a figure for people; the interval when it has one.
std::string Text(const Figure& figure);

// {"passed": n, "failed": n, "pending": n, "evaluations": [{"name", "model", "task", "items", "verdict", "figures":
// {"top1": {"value", "lo", "hi"}}, ...}]}. Numbers that could not be measured are null.
std::string ToJson(std::span<const Report> reports);

}  // namespace verge::eval
