// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Samples;

/// <summary>A command could not be carried out; the message is the reason that is printed.</summary>
internal sealed class CommandException(string message) : Exception(message);
