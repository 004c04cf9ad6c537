// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Runtime.Handles;

namespace Northstar.Runtime.Repositories;

/// <summary>Keeps packages in sealed memory files. Empty at start, gone at the end.</summary>
internal sealed class MemoryRepository(string id, RepositoryOptions options, RepositoryTrust trust, ILogger logger, ILogger audit)
    : Repository(id, options, trust, options.CapacitySizeBytes ?? HalfOfMemory, logger, audit)
{
    private static ulong HalfOfMemory => (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    internal override IReadOnlyList<StoredPackage> Load() => [];

    internal override PackageStaging Stage(long sizeBytes, ImageHashing? image) => new Staging(this, sizeBytes);

    internal override void Remove(StoredPackage package) => package.Dispose();

    private sealed class Staging : PackageStaging
    {
        private readonly MemoryRepository _repository;
        private readonly SafeFd _memfd;

        internal Staging(MemoryRepository repository, long sizeBytes)
            : base(sizeBytes)
        {
            _repository = repository;
            _memfd = Descriptors.NewMemfd("northstar-package");
            Target = new SafeFileHandle(_memfd.DangerousGetHandle(), ownsHandle: false);
        }

        private protected override SafeFileHandle Target { get; }

        internal override NpkPackage Open(CancellationToken cancellationToken)
        {
            // Sealed first: what is checked cannot change any more. Read-only, because a loop device over a writable descriptor would be writable.
            Descriptors.Seal(_memfd);
            SafeFileHandle file = Descriptors.ReopenReadOnly(_memfd).ToFileHandle();
            return Check(NpkPackage.Open(file, "as received", _repository.ReaderOptions), _repository.Trust, cancellationToken);
        }

        internal override StoredPackage Commit(NpkPackage package) => new(package, WrittenBytes, null);

        public override void Dispose()
        {
            Target.Dispose();
            _memfd.Dispose();
        }
    }
}
