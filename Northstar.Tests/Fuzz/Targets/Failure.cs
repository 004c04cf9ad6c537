// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>Stands for the init's own way to fail, which ends the process: here the reader of plans throws.</summary>
internal static unsafe class Failure
{
    internal static void Report(LaunchStage stage, int errno, byte* path) => throw new PlanRefusedException($"{stage} {errno} {(nint)path}");
}

/// <summary>Thrown where northstar-init would report a malformed plan and end.</summary>
internal sealed class PlanRefusedException(string message) : Exception(message);
