#include "report/html.h"

#include <fmt/format.h>

namespace verge::report {

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string Tile(std::string_view value, std::string_view name, bool is_alert) {
  return fmt::format("<div class=\"tile{}\"><b>{}</b><span>{}</span></div>", is_alert ? " alert" : "", Escape(value),
                     Escape(name));
}

std::string PageHead(std::string_view title, std::string_view heading) {
  return fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>{}</title><style>{}</style><main><header><h1>{}</h1>",
      Escape(title), kStyle, Escape(heading));
}

std::string PageFoot(std::string_view text) { return fmt::format("<footer>{}</footer></main></html>\n", Escape(text)); }

}  // namespace verge::report
