// How uploads begin, before their body is read.
#pragma once

#include "hub/api/call.h"

namespace verge::hub {

// The upload that the request's body goes into, held busy. Checks repository name, upload id and Content-Range.
Result<std::shared_ptr<Upload>> OpenUpload(const Call& call, const sys::http::Request& head, bool is_new);
// The registry's answer to a failure of OpenUpload.
sys::http::Response UploadProblem(const Status& status, const Services& services);

}  // namespace verge::hub
