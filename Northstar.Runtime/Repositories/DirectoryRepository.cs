// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Repositories;

/// <summary>Keeps packages as files <c>*.npk</c> of a directory. Installed ones are named <c>name:version.npk</c>; others keep their name.</summary>
internal sealed class DirectoryRepository : Repository, IDisposable
{
    private const string Extension = ".npk";

    /// <summary>Names of packages on their way in begin with this; loading ignores and removes them.</summary>
    private const string StagingPrefix = ".northstar-install-";

    private readonly string _path;
    private readonly SafeFd _directory;

    internal DirectoryRepository(string id, RepositoryOptions options, RepositoryTrust trust, ILogger logger, ILogger audit)
        : base(id, options, trust, options.CapacitySizeBytes, logger, audit)
    {
        _path = Path.GetFullPath(options.Directory!);
        _directory = Descriptors.Open(_path, Sys.O_RDONLY | Sys.O_DIRECTORY);
    }

    internal override IReadOnlyList<StoredPackage> Load()
    {
        RemoveStale();
        string[] names = [.. Directory.EnumerateFileSystemEntries(_path, "*" + Extension)
            .Select(static path => Path.GetFileName(path))
            .Where(static name => !name.StartsWith('.'))
            .Order(StringComparer.Ordinal)];
        StoredPackage?[] opened = OpenAll(names);
        var packages = new Dictionary<ContainerId, StoredPackage>();
        try
        {
            foreach (StoredPackage package in opened.OfType<StoredPackage>())
            {
                Add(packages, package);
            }
        }
        catch
        {
            Array.ForEach(opened, static package => package?.Dispose());
            throw;
        }

        return [.. packages.Values];
    }

    internal override PackageStaging Stage(long sizeBytes, ImageHashing? image) => new Staging(this, sizeBytes, image);

    /// <summary>The file goes first: if that fails, nothing has changed.</summary>
    internal override void Remove(StoredPackage package)
    {
        try
        {
            FileTree.Unlink(_directory, package.Location!, _path);
        }
        catch (LinuxException e) when (e.Errno == (int)Errno.ENOENT)
        {
            // Somebody removed it before: all the same.
        }

        SyncOrReport(package.Location!);
        package.Dispose();
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>What a removal did cannot be taken back: a directory that cannot be written out is reported.</summary>
    private void SyncOrReport(string name)
    {
        try
        {
            FileTree.Sync(_directory, _path);
        }
        catch (LinuxException e)
        {
            Log.RemovalUnwritten(Logger, Id, name, e.Message);
        }
    }

    /// <summary>Opens files on all cores; the result has their order.</summary>
    private StoredPackage?[] OpenAll(string[] names)
    {
        var opened = new StoredPackage?[names.Length];
        var failures = new RuntimeException?[names.Length];
        var progress = new LoadProgress(Logger, Id, names.Length);
        Parallel.For(0, names.Length, (index, loop) =>
        {
            try
            {
                opened[index] = TryLoad(names[index]);
                progress.Step();
            }
            catch (RuntimeException e)
            {
                failures[index] = e;
                loop.Stop();
            }
        });
        if (failures.OfType<RuntimeException>().FirstOrDefault() is { } failure)
        {
            Array.ForEach(opened, static package => package?.Dispose());
            throw failure;
        }

        return opened;
    }

    private void Add(Dictionary<ContainerId, StoredPackage> packages, StoredPackage package)
    {
        if (packages.TryAdd(package.Id, package))
        {
            return;
        }

        StoredPackage first = packages[package.Id];
        package.Dispose();
        Log.DuplicateFile(Logger, Id, package.Id, package.Location!, first.Location!);
        if (Options.Strict)
        {
            throw RuntimeException.Unexpected($"repository {Id}: {package.Location} holds {package.Id}, which {first.Location} holds too");
        }
    }

    private StoredPackage? TryLoad(string name)
    {
        try
        {
            // No symlink, and nothing that blocks when it is opened.
            SafeFd file = Descriptors.OpenAt(_directory, name, Sys.O_RDONLY | Sys.O_NOFOLLOW | Sys.O_NONBLOCK);
            NpkPackage package = NpkPackage.Open(file.ToFileHandle(), name, ReaderOptions);
            if ((WhyUnusable(package) ?? Trust.WhyRefused(package)) is { } cause)
            {
                package.Dispose();
                throw RuntimeException.Unexpected($"{name}: {cause}");
            }

            return new StoredPackage(package, package.FileLengthBytes, name);
        }
        catch (Exception e) when (e is NpkException or LinuxException or IOException or RuntimeException or UnauthorizedAccessException)
        {
            if (IsVerified)
            {
                Log.KeyRefused(Audit, Id, name, e.Message);
            }

            if (Options.Strict)
            {
                throw RuntimeException.Unexpected($"repository {Id}: {e.Message}", e);
            }

            Log.BadPackage(Logger, Id, name, e.Message);
            return null;
        }
    }

    private static string? WhyUnusable(NpkPackage package) =>
        package.Manifest.Name.IsUsable ? null : $"container name {package.Manifest.Name} cannot be used";

    private void RemoveStale()
    {
        foreach (string path in Directory.EnumerateFiles(_path, StagingPrefix + "*"))
        {
            Log.StaleFile(Logger, Id, Path.GetFileName(path));
            try
            {
                FileTree.Unlink(_directory, Path.GetFileName(path), _path);
            }
            catch (LinuxException e)
            {
                Log.CleanupFailed(Logger, Path.GetFileName(path), e.Message);
            }
        }
    }

    private sealed class Staging : PackageStaging
    {
        private readonly DirectoryRepository _repository;
        private string _name = StagingPrefix + Guid.NewGuid().ToString("N");
        private Task _writing = Task.CompletedTask;
        private Task? _flush;
        private bool _committed;

        internal Staging(DirectoryRepository repository, long sizeBytes, ImageHashing? image)
            : base(sizeBytes)
        {
            _repository = repository;
            try
            {
                Target = Descriptors.OpenAt(repository._directory, _name, Sys.O_RDWR | Sys.O_CREAT | Sys.O_EXCL, FileTree.FileMode).ToFileHandle();
            }
            catch (LinuxException e)
            {
                throw new LinuxException(e.Errno, e.Operation, "a file for the package"); // its name says nothing to anybody
            }

            Ahead = image is not null && repository.Trust.IsVerified ? new ImageHasher(Target, image) : null;
        }

        private protected override SafeFileHandle Target { get; }

        private protected override void Allocate(long offset, long length)
        {
            using var fd = new Borrow(Target);
            _ = Sys.fallocate(fd.Fd, Sys.FALLOC_FL_KEEP_SIZE, offset, length);
        }

        /// <summary>A disk that is busy holds up whoever asks it, but not those who wait for more bytes. A failure shows when the whole file is flushed.</summary>
        private protected override void BeginWriting(long offset, long length) => _writing = _writing.ContinueWith(
            before =>
            {
                using var fd = new Borrow(Target);
                _ = Sys.sync_file_range(fd.Fd, offset, length, Sys.SYNC_FILE_RANGE_WRITE);
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

        internal override NpkPackage Open(CancellationToken cancellationToken)
        {
            SafeFileHandle file = Descriptors.OpenAt(_repository._directory, _name, Sys.O_RDONLY | Sys.O_NOFOLLOW).ToFileHandle();
            return Check(NpkPackage.Open(file, "as received", _repository.ReaderOptions), _repository.Trust, cancellationToken);
        }

        internal override StoredPackage Commit(NpkPackage package)
        {
            string name = package.Manifest.Id + Extension;
            if (_flush is null)
            {
                RandomAccess.FlushToDisk(Target);
            }
            else
            {
                _flush.GetAwaiter().GetResult();
            }

            FileTree.RenameNoReplace(_repository._directory, _name, name, _repository._path);
            _name = name; // a failure from here on takes back the file under its new name
            FileTree.Sync(_repository._directory, _repository._path);
            _committed = true;
            return new StoredPackage(package, WrittenBytes, name);
        }

        /// <summary>Nothing is written any more, so what this writes out is all. On a thread of its own: checking needs those of the pool.</summary>
        private protected override void BeginFlush() => _flush = Task.Factory.StartNew(
            () => RandomAccess.FlushToDisk(Target), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        public override void Dispose()
        {
            Ahead?.Dispose();
            _ = Task.WaitAny(_writing);
            if (_flush is not null)
            {
                _ = Task.WaitAny(_flush); // what it says matters to a commit alone
            }

            Target.Dispose();
            if (!_committed)
            {
                try
                {
                    FileTree.Unlink(_repository._directory, _name, _repository._path);
                }
                catch (LinuxException e)
                {
                    Log.CleanupFailed(_repository.Logger, _name, e.Message);
                }
            }
        }
    }
}
