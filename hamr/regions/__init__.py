"""Hard regions: groups of similar rows in which the model fails or labels are likely wrong.

    candidates   clusters at many scales, over several views of the rows: their embeddings and
                 their words. They depend on the rows alone, so that all epochs and all runs on
                 the same rows share them (`find_candidates`)
    outside      what rows of other kinds say of each label, so that rows which are wrong together
                 do not explain each other (`hamr.regions.outside`)
    scan         how far the labels of a cluster depart from what the evidence says, and whether
                 chance explains it (`hamr.regions.scan`)
    members      which rows belong to the region that a cluster points to (`hamr.regions.members`)
    regions      the best ones that do not overlap, each described (`find_regions`)
    turned       which labels of a region were probably turned into its class (`turned`)
    identity     which regions of two lists are the same (`match_regions`, `carry_ids`)

Pure functions over arrays: nothing here reads a store or loads torch.
"""

from hamr.regions.candidates import Candidates, find_candidates
from hamr.regions.find import find_regions
from hamr.regions.found import Confusion, Region, Regions
from hamr.regions.identity import carry_ids, match_regions
from hamr.regions.inputs import HeldOutRows, RegionSignals
from hamr.regions.orders import ORDERS, ordered
from hamr.regions.turned import turned

__all__ = [
    "ORDERS",
    "Candidates",
    "Confusion",
    "HeldOutRows",
    "Region",
    "RegionSignals",
    "Regions",
    "carry_ids",
    "find_candidates",
    "find_regions",
    "match_regions",
    "ordered",
    "turned",
]
