// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host;

/// <summary>Ends the program with exit code 1. The message names operation, object and cause.</summary>
internal sealed class ToolException(string message, Exception? innerException = null) : Exception(message, innerException);
