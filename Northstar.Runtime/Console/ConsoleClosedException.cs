// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Console;

/// <summary>Thrown inside a connection that is to be closed without a word. The message is the reason, for the log.</summary>
internal sealed class ConsoleClosedException(string reason) : Exception(reason);
