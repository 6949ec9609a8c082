using PushGateway.Core.Devices;

namespace PushGateway.Server.Api.Import;

/// <summary>Gathers devices into batches and stores them: the next batch fills while the one before commits.</summary>
/// <param name="rejected">Where rejected lines are told.</param>
internal sealed class DeviceImporter(IDeviceStore devices, int appKey, int batchSize, RejectedLines rejected)
{
    private List<DeviceImport> _filling = new(batchSize);
    private List<DeviceImport> _committing = new(batchSize);
    private Task<RegistrationChange[]>? _commit;
    private long _created;
    private long _updated;
    private long _unchanged;
    private long _fillingUpTo;
    private long _committingUpTo;
    private long _committingRejected;

    /// <summary>Devices that are stored durably. They come first in the body: batches are stored one after another.</summary>
    public long Stored => _created + _updated + _unchanged;

    /// <summary>The last line that needs no repeating: it and all before it were stored, or rejected. 0 for none.</summary>
    public long DoneUpTo { get; private set; }

    /// <summary>Rejected lines up to there.</summary>
    public long RejectedUpTo { get; private set; }

    public bool IsBatchFull => _filling.Count >= batchSize;

    /// <param name="line">Its number; no line before it comes later.</param>
    public void Add(long line, in DeviceImport device)
    {
        _filling.Add(device);
        _fillingUpTo = line;
    }

    public void Reject(long line, LineProblem problem)
    {
        rejected.Add(new ImportError(line, problem.Code, problem.Detail));
        _fillingUpTo = line;
    }

    /// <summary>Begins to store the batch; waits for the one before.</summary>
    public async Task FlushAsync()
    {
        await SettleAsync();
        if (_filling.Count == 0)
        {
            return;
        }

        (_filling, _committing) = (_committing, _filling);
        (_committingUpTo, _committingRejected) = (_fillingUpTo, rejected.Count);

        // Not cancelled when the client goes: what it has been able to send is stored, and a commit is all or nothing anyway.
        _commit = devices.ImportAsync(appKey, _committing, CancellationToken.None);
    }

    /// <summary>Stores what is left and tells what the import did.</summary>
    public async Task<ImportResponse> CompleteAsync()
    {
        await FlushAsync();
        await SettleAsync();
        return new ImportResponse(Stored + rejected.Count, _created, _updated, _unchanged, rejected.Count, rejected.First);
    }

    private async Task SettleAsync()
    {
        if (_commit is not { } commit)
        {
            return;
        }

        _commit = null;
        foreach (var change in await commit)
        {
            switch (change)
            {
                case RegistrationChange.Created:
                    _created++;
                    break;
                case RegistrationChange.Updated:
                    _updated++;
                    break;
                default:
                    _unchanged++;
                    break;
            }
        }

        _committing.Clear();
        (DoneUpTo, RejectedUpTo) = (_committingUpTo, _committingRejected);
    }
}
