// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>A version that becomes the lowest of its name in a repository.</summary>
internal sealed record ProvedVersion(Repository Repository, ContainerId Id);
