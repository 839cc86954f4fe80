//! InitProducerId: an id for an idempotent producer.

use ottla::protocol::{
    ErrorCode,
    init_producer_id::{Request, Response},
};

use crate::dispatch::Call;

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    if request.transactional_id.is_some() {
        // There are no transactions here; this code makes clients give up instead of trying again.
        let producer_epoch = -1;
        return Response { error_code: ErrorCode::INVALID_REQUEST, producer_epoch, ..Response::default() };
    }
    // Without a transactional id, an id given up for a new epoch (KIP-360) is no one's: as Kafka, a
    // new one.
    Response { producer_id: call.with(|state| state.ids.producer()), ..Response::default() }
}
