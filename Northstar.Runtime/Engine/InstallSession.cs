// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Engine;

/// <summary>One install from its announcement to its end. The bytes go straight to a staging file, so nobody else waits for them.</summary>
/// <remarks>For one caller at a time. Disposing without <see cref="CompleteAsync"/> leaves nothing behind.</remarks>
internal sealed class InstallSession : IInstallSession
{
    private readonly RuntimeEngine _engine;
    private readonly Repository _repository;
    private readonly PackageStaging _staging;
    private readonly long _sizeBytes;
    private bool _isInstalled;

    internal InstallSession(RuntimeEngine engine, Repository repository, PackageStaging staging, long sizeBytes)
    {
        _engine = engine;
        _repository = repository;
        _staging = staging;
        _sizeBytes = sizeBytes;
    }

    /// <summary>Appends what arrived.</summary>
    /// <exception cref="RuntimeException">The storage refuses it, for example because it is full.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _staging.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _engine.StorageFailure($"install into repository {_repository.Id}", e);
        }
    }

    /// <summary>Verifies what was received, every block of it in a repository with a key, and makes it part of the repository.</summary>
    public async Task<ContainerId> CompleteAsync(Predicate<ContainerId>? isAllowed, CancellationToken cancellationToken)
    {
        if (_staging.WrittenBytes != _sizeBytes)
        {
            throw RuntimeException.Unexpected($"install into repository {_repository.Id}: the package ended after {_staging.WrittenBytes} of {_sizeBytes} announced bytes");
        }

        NpkPackage package = await Task.Run(Check, cancellationToken).ConfigureAwait(false);
        try
        {
            if (isAllowed?.Invoke(package.Manifest.Id) == false)
            {
                throw RuntimeException.Unexpected($"install into repository {_repository.Id}: the policy of the console does not let this client install {package.Manifest.Id}");
            }

            ContainerId id = await _engine.CommitAsync(_repository, _staging, package).ConfigureAwait(false);
            _isInstalled = true;
            return id;
        }
        catch (Exception e)
        {
            package.Dispose();
            throw e is LinuxException or IOException or UnauthorizedAccessException
                ? _engine.StorageFailure($"install into repository {_repository.Id}", e)
                : e;
        }

        NpkPackage Check()
        {
            try
            {
                NpkPackage checkedPackage = _staging.Open(cancellationToken);
                _engine.RecordKey(_repository, checkedPackage, null);
                return checkedPackage;
            }
            catch (RuntimeException e)
            {
                _engine.RecordKey(_repository, null, e.Message);
                throw;
            }
            catch (Exception e) when (e is NpkException or LinuxException or IOException or UnauthorizedAccessException)
            {
                _engine.RecordKey(_repository, null, e.Message);
                throw e is NpkException
                    ? RuntimeException.Unexpected($"install into repository {_repository.Id}: {e.Message}", e)
                    : _engine.StorageFailure($"install into repository {_repository.Id}", e);
            }
        }
    }

    /// <summary>Removes what was staged and gives the room back, unless the package was installed.</summary>
    public async ValueTask DisposeAsync()
    {
        _staging.Dispose();
        if (!_isInstalled)
        {
            await _engine.ReleaseAsync(_repository, _sizeBytes).ConfigureAwait(false);
        }
    }
}
