// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>What became of a request for one container.</summary>
/// <param name="Container">The container of the request.</param>
/// <param name="Error">Why it failed; null when it succeeded. The container inside the error may be another one.</param>
public sealed record ContainerResult(ContainerId Container, ApiError? Error = null)
{
    /// <summary>Gets a value indicating whether the request succeeded.</summary>
    public bool IsOk => Error is null;
}
