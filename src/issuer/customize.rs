//! What was drafted, customized before it is signed: by the server's token policies, then by the hook of
//! the rule that decided.

use super::issue::Issuing;
use super::{Issuer, deadline};
use crate::error::{Error, Fault, Refusal};
use crate::flow::{
    Allowance, Draft, HookAnswer, IdDraft, Occasion, Subject, Tree, Trees, apply_hook_answer, customize,
    hook_payload, read_hook_answer,
};
use crate::host::{Action, logged};
use crate::model::{InlineHook, OnFailure};
use crate::wire::{HookRequest, HookResponse};

/// The tokens of one answer, drafted.
pub(super) struct Drafts {
    pub(super) access: Option<Draft>,
    pub(super) id: Option<IdDraft>,
}

impl Issuer {
    /// Lets token policies and the hook have their say. Without either, which is the rule, nothing is
    /// looked at.
    pub(super) async fn customized(&self, issuing: &Issuing<'_>, drafts: Drafts) -> Result<Drafts, Error> {
        let server = issuing.granted.served().server;
        let occasion = issuing.occasion();
        let hook = occasion.hook();
        // A code alone is no token: whoever redeems it is asked about then.
        let has_tokens = drafts.access.is_some() || drafts.id.is_some();
        if server.token_policies.is_empty() && hook.is_none() || !has_tokens {
            return Ok(drafts);
        }
        let mut trees = Trees {
            access: drafts.access.as_ref().map(Draft::claims_tree),
            id: drafts.id.as_ref().map(IdDraft::claims_tree),
        };
        occasion.with_policies(|policies, situation| customize(policies, situation, &mut trees))?;
        if let Some(hook) = hook {
            self.apply_hook(hook, issuing, &mut trees).await?;
        }
        let opened: Vec<&str> = occasion.opened().collect();
        let locked = || Fault::internal("a claim of the issuer's own was changed");
        let access = put_back(drafts.access, trees.access, |draft, tree| draft.with_tree(tree, &opened).ok());
        let id = put_back(drafts.id, trees.id, |draft, tree| draft.with_tree(tree).ok());
        Ok(Drafts { access: access.ok_or_else(locked)?, id: id.ok_or_else(locked)? })
    }

    async fn apply_hook(
        &self,
        hook: &InlineHook,
        issuing: &Issuing<'_>,
        trees: &mut Trees,
    ) -> Result<(), Error> {
        let failed = |fault: Fault| {
            self.note_failed_hook(issuing, hook, &fault);
            match hook.on_failure() {
                OnFailure::Open => Ok(()),
                OnFailure::Closed => Err(Error::Fault(Fault::unavailable(fault))),
            }
        };
        if !hook.is_active() {
            return failed(Fault::unavailable("the hook is inactive"));
        }
        let random = self.random()?;
        let Issuing { org, granted, subject, arrival, now_millis, .. } = issuing;
        let payload = hook_payload(org, granted, subject, arrival, trees, &random, *now_millis);
        let request = HookRequest::new(hook.url(), &hook.headers, &payload);
        let response = match self.call_hook(hook, request).await? {
            Ok(response) => response,
            Err(fault) => return failed(fault),
        };
        let commands = match read_hook_answer(response.status, &response.body) {
            Ok(HookAnswer::Commands(commands)) => commands,
            Ok(HookAnswer::Refused(summary)) => {
                return Err(Refusal::HookRefused { hook: hook.id().to_owned(), summary }.into());
            }
            Err(bad) => return failed(Fault::unavailable(bad)),
        };
        let allowance = Allowance {
            opens: &|claim| issuing.occasion().opened().any(|open| open == claim),
            is_foreign: &|audience| issuing.occasion().is_foreign(audience),
        };
        match apply_hook_answer(commands, &allowance, trees) {
            Ok(()) => Ok(()),
            Err(bad) => failed(Fault::unavailable(bad)),
        }
    }

    fn note_failed_hook(&self, issuing: &Issuing<'_>, hook: &InlineHook, fault: &Fault) {
        let concerned = self.concerned();
        concerned.client(issuing.granted.client().id());
        concerned.granted(issuing.granted);
        if let Subject::User(signed_in) = &issuing.subject {
            concerned.user(signed_in.user.id());
        }
        self.note(issuing.granted.served(), issuing.arrival.peer, &concerned, || Action::HookFailed {
            hook: hook.id().to_owned(),
            reason: logged(&fault.to_string()),
        });
    }

    /// Calls the hook under its own deadline. The outer error is a request that cannot be served; the
    /// inner one, a hook that failed. A host's part that panics has failed too.
    async fn call_hook(
        &self,
        hook: &InlineHook,
        request: HookRequest,
    ) -> Result<Result<HookResponse, Fault>, Refusal> {
        let Some(caller) = &self.0.token_hook else {
            return Err(Refusal::UnsupportedSetting { setting: "inlineHook" });
        };
        let call = async {
            let call = caller.call(hook, request);
            match &self.0.timer {
                None => call.await,
                Some(timer) => deadline::race(call, timer.sleep(self.0.limits.hook)).await,
            }
        };
        Ok(deadline::contain(call).await.and_then(|response| response))
    }
}

impl Issuing<'_> {
    /// What token policies and hooks look at.
    fn occasion(&self) -> Occasion<'_> {
        Occasion {
            org: self.org,
            granted: self.granted,
            subject: &self.subject,
            grants: self.arrival.grants,
            peer: self.arrival.peer,
            now_millis: self.now_millis,
        }
    }
}

/// The draft with its claims changed, if it may be; `None` if not.
fn put_back<T>(
    draft: Option<T>,
    tree: Option<Tree>,
    with: impl FnOnce(&T, Tree) -> Option<T>,
) -> Option<Option<T>> {
    match (draft, tree) {
        (Some(draft), Some(tree)) => with(&draft, tree).map(Some),
        (draft, _) => Some(draft),
    }
}
