// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Fuzz;

/// <summary>Says that an accepted input is not what it was taken for, or that a run went wrong.</summary>
internal sealed class FuzzException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    internal static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new FuzzException(what);
        }
    }
}
