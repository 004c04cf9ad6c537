// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <content>Install.</content>
public sealed partial class NorthstarClient
{
    /// <summary>Installs a package file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="repository">The repository that gets it.</param>
    /// <param name="progress">Gets the number of bytes sent so far, or null.</param>
    /// <param name="cancellationToken">Stops it; the connection then ends, see the other overload.</param>
    /// <returns>The container that was installed.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ApiException">The runtime refuses the package, or the connection ended.</exception>
    public async Task<ContainerId> InstallAsync(
        string path, string repository, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        await using (file.ConfigureAwait(false))
        {
            return await InstallAsync(file, file.Length, repository, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Installs a package from a stream.</summary>
    /// <remarks>
    /// Other requests of this client wait until the package is sent. A package that is not sent whole ends the connection: after a cancellation,
    /// when <paramref name="source"/> fails or has another length, and when the permission is missing. Of a <see cref="FileStream"/> at its beginning the
    /// runtime is told how to hash the image while it arrives, when <see cref="Extensions"/> has <see cref="ProtocolExtensions.Image"/>.
    /// </remarks>
    /// <param name="source">The package, read to its end; it stays with the caller.</param>
    /// <param name="sizeBytes">The number of bytes until the end of <paramref name="source"/>.</param>
    /// <param name="repository">The repository that gets it.</param>
    /// <param name="progress">Gets the number of bytes sent so far, or null.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The container that was installed.</returns>
    /// <exception cref="ArgumentException"><paramref name="source"/> does not have <paramref name="sizeBytes"/> bytes.</exception>
    /// <exception cref="ApiException">The runtime refuses the package, or the connection ended.</exception>
    public async Task<ContainerId> InstallAsync(
        Stream source, long sizeBytes, string repository, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        if (source.CanSeek && source.Length - source.Position != sizeBytes)
        {
            throw new ArgumentException($"install: the stream has {source.Length - source.Position} bytes left, not {sizeBytes}", nameof(sizeBytes));
        }

        const string Operation = "install";
        var request = new Request.Install(repository, (ulong)sizeBytes)
        {
            Image = source is FileStream { CanSeek: true, Position: 0 } file && Extensions.Contains(ProtocolExtensions.Image)
                ? ImageHashing.TryRead(file.SafeFileHandle)
                : null,
        };
        Response response = await OnConnectionAsync(
            connection => connection.TryInstallAsync(request, source, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        Response.Install install = Expect<Response.Install>(response, Operation);
        return install.Container ?? throw ApiException.FromRuntime(Operation, install.Error!);
    }
}
