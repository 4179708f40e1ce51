// Brings each request to its route: finds it, checks who asks, decides how the body is taken, turns a Status into an
// answer.
#pragma once

#include "hub/services.h"
#include "sys/http/server.h"

namespace verge::hub {

class Dispatcher final : public sys::http::Handler {
 public:
  // `services` outlives it.
  explicit Dispatcher(Services& services) : services_(services) {}

  sys::http::BodyPlan Begin(const sys::http::Request& head) override;
  void Handle(sys::http::Request request, sys::http::Responder respond) override;

 private:
  Services& services_;
};

}  // namespace verge::hub
